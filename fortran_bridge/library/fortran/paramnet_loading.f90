!> The life of a scheme's handle.
submodule (paramnet) paramnet_loading
  use, intrinsic :: iso_c_binding, only: c_associated, c_char, c_loc
  use paramnet_c
  use paramnet_text, only: characters, string
  implicit none

contains

  module procedure load
    character(kind=c_char), allocatable, target :: device_text(:), precision_text(:), backend_text(:), fallback_text(:)
    type(c_options) :: options
    integer(int32) :: code

    call self%free()
    code = c_options_init(options)
    if (present(device)) then
      device_text = characters(device)
      options%device = c_loc(device_text)
    end if
    if (present(precision)) then
      precision_text = characters(precision)
      options%precision = c_loc(precision_text)
    end if
    if (present(backend)) then
      backend_text = characters(backend)
      options%backend = c_loc(backend_text)
    end if
    if (present(fallback)) then
      fallback_text = characters(fallback)
      options%fallback = c_loc(fallback_text)
    end if
    if (present(threads)) options%threads = threads
    if (present(envelope_tolerance)) options%envelope_tolerance = envelope_tolerance
    if (present(envelope_quantile)) options%envelope_quantile = envelope_quantile
    if (present(distance_quantile)) options%distance_quantile = distance_quantile
    if (present(bfloat16_tolerance)) options%bfloat16_tolerance = bfloat16_tolerance
    if (present(fallback_flags)) options%fallback_flags = fallback_flags
    if (present(strict)) options%strict = merge(1_int32, 0_int32, strict)
    if (present(trust)) options%trust = merge(1_int32, 0_int32, trust)
    if (code == PARAMNET_OK) code = c_load(characters(path), options, self%handle)
    code = settled(self%failure, code, present(status))
    include 'paramnet_return_status.inc'
  end procedure load

  module procedure share
    integer(int32) :: code

    call other%free()
    code = self%failure%unhandled
    if (code == PARAMNET_OK) code = settled(self%failure, c_share(self%handle, other%handle), present(status))
    include 'paramnet_return_status.inc'
  end procedure share

  module procedure free
    integer(int32) :: unused

    unused = c_free(self%handle)
    self%handle = c_null_ptr
    self%failure%unhandled = PARAMNET_OK
    self%failure%message = ''
  end procedure free

  module procedure loaded
    loaded = c_associated(self%handle)
  end procedure loaded

  module procedure paramnet_version
    text = string(c_version())
  end procedure paramnet_version
end submodule paramnet_loading
