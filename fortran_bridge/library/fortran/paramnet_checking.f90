!> Checks of the host against the scheme's contract.
submodule (paramnet) paramnet_checking
  use paramnet_arrays, only: describe
  use paramnet_c
  use paramnet_layout, only: arrange, sizes_differ
  use paramnet_text, only: characters
  implicit none

  real(real64), parameter :: default_tolerance = 1.0e-3_real64

contains

  module procedure check_pressure_real32
    integer(int32) :: code

    code = compare_pressure(self, describe(surface_pressure), describe(level_pressure), 2, layout, relative_tolerance, order, &
                            present(status))
    include 'paramnet_return_status.inc'
  end procedure check_pressure_real32

  module procedure check_pressure_real32_3
    integer(int32) :: code

    code = compare_fields(self, describe(surface_pressure), describe(level_pressure), layout, relative_tolerance, order, &
                          present(status))
    include 'paramnet_return_status.inc'
  end procedure check_pressure_real32_3

  module procedure check_pressure_real64
    integer(int32) :: code

    code = compare_pressure(self, describe(surface_pressure), describe(level_pressure), 2, layout, relative_tolerance, order, &
                            present(status))
    include 'paramnet_return_status.inc'
  end procedure check_pressure_real64

  module procedure check_pressure_real64_3
    integer(int32) :: code

    code = compare_fields(self, describe(surface_pressure), describe(level_pressure), layout, relative_tolerance, order, &
                          present(status))
    include 'paramnet_return_status.inc'
  end procedure check_pressure_real64_3

  !> A surface pressure (longitude, latitude): its columns are those of a pressure (longitude, latitude, level).
  function compare_fields(self, surface, level_pressure, layout, relative_tolerance, order, taken) result(code)
    class(paramnet_scheme), intent(inout) :: self
    type(c_array), intent(in) :: surface, level_pressure
    character(len=*), intent(in), optional :: layout, order
    real(real64), intent(in), optional :: relative_tolerance
    logical, intent(in) :: taken
    character(len=:), allocatable :: error
    type(c_array) :: joined
    integer(int32) :: code

    code = self%failure%unhandled
    if (code /= PARAMNET_OK) return
    joined = surface
    call arrange(joined, 'check_pressure: surface_pressure', 2, layout='longitude,latitude', error=error)
    if (error /= '') then
      code = refused(self%failure, taken, error)
    else
      code = compare_pressure(self, joined, level_pressure, 3, layout, relative_tolerance, order, taken)
    end if
  end function compare_fields

  function compare_pressure(self, surface, level_pressure, array_rank, layout, relative_tolerance, order, taken) result(code)
    class(paramnet_scheme), intent(inout) :: self
    type(c_array), intent(in) :: surface, level_pressure
    integer, intent(in) :: array_rank
    character(len=*), intent(in), optional :: layout, order
    real(real64), intent(in), optional :: relative_tolerance
    logical, intent(in) :: taken
    character(len=:), allocatable :: error
    type(c_array) :: level
    integer(int32) :: code

    code = self%failure%unhandled
    if (code /= PARAMNET_OK) return
    level = level_pressure
    call arrange(level, 'check_pressure', array_rank, layout, order, .false., error)
    if (error /= '') then
      code = refused(self%failure, taken, error)
    else
      code = settled(self%failure, c_check_pressure(self%handle, surface%columns, surface, level, &
        tolerance(relative_tolerance)), taken)
    end if
  end function compare_pressure

  module procedure declare_grid_real32
    integer(int32) :: code

    code = compare_grid(self, real(a, real64), real(b, real64), order, relative_tolerance, present(status))
    include 'paramnet_return_status.inc'
  end procedure declare_grid_real32

  module procedure declare_grid_real64
    integer(int32) :: code

    code = compare_grid(self, a, b, order, relative_tolerance, present(status))
    include 'paramnet_return_status.inc'
  end procedure declare_grid_real64

  module procedure declare_heights_real32
    integer(int32) :: code

    code = compare_heights(self, real(height, real64), order, relative_tolerance, present(status))
    include 'paramnet_return_status.inc'
  end procedure declare_heights_real32

  module procedure declare_heights_real64
    integer(int32) :: code

    code = compare_heights(self, height, order, relative_tolerance, present(status))
    include 'paramnet_return_status.inc'
  end procedure declare_heights_real64

  function compare_heights(self, height, order, relative_tolerance, taken) result(code)
    class(paramnet_scheme), intent(inout) :: self
    real(real64), intent(in), target :: height(:)
    character(len=*), intent(in), optional :: order
    real(real64), intent(in), optional :: relative_tolerance
    logical, intent(in) :: taken
    character(len=:), allocatable :: error
    type(c_array) :: array
    integer(int32) :: code

    code = self%failure%unhandled
    if (code /= PARAMNET_OK) return
    array = describe(height)
    call arrange(array, 'declare_heights', 1, levels=order, error=error)
    if (error /= '') then
      code = refused(self%failure, taken, error)
    else
      code = settled(self%failure, c_declare_heights(self%handle, size(height, kind=int64), height, &
        merge(1_int32, 0_int32, iand(array%options, PARAMNET_ARRAY_BOTTOM_FIRST) /= 0), tolerance(relative_tolerance)), taken)
    end if
  end function compare_heights

  function compare_grid(self, a, b, order, relative_tolerance, taken) result(code)
    class(paramnet_scheme), intent(inout) :: self
    real(real64), intent(in), target :: a(:), b(:)
    character(len=*), intent(in), optional :: order
    real(real64), intent(in), optional :: relative_tolerance
    logical, intent(in) :: taken
    character(len=:), allocatable :: error
    type(c_array) :: array
    integer(int32) :: code

    code = self%failure%unhandled
    if (code == PARAMNET_OK .and. size(a) /= size(b)) &
      code = refused(self%failure, taken, sizes_differ('declare_grid', size(a), size(b)))
    if (code /= PARAMNET_OK) return
    array = describe(a)
    call arrange(array, 'declare_grid', 1, levels=order, error=error)
    if (error /= '') then
      code = refused(self%failure, taken, error)
    else
      code = settled(self%failure, c_declare_grid(self%handle, size(a, kind=int64), a, b, &
        merge(1_int32, 0_int32, iand(array%options, PARAMNET_ARRAY_BOTTOM_FIRST) /= 0), &
        tolerance(relative_tolerance)), taken)
    end if
  end function compare_grid

  module procedure check_constant_real32
    integer(int32) :: code

    code = self%failure%unhandled
    if (code == PARAMNET_OK) code = settled(self%failure, c_check_constant(self%handle, characters(name), real(value, real64), &
      tolerance(relative_tolerance)), present(status))
    include 'paramnet_return_status.inc'
  end procedure check_constant_real32

  module procedure check_constant_real64
    integer(int32) :: code

    code = self%failure%unhandled
    if (code == PARAMNET_OK) code = settled(self%failure, c_check_constant(self%handle, characters(name), value, &
      tolerance(relative_tolerance)), present(status))
    include 'paramnet_return_status.inc'
  end procedure check_constant_real64

  pure real(real64) function tolerance(given)
    real(real64), intent(in), optional :: given

    tolerance = default_tolerance
    if (present(given)) tolerance = given
  end function tolerance
end submodule paramnet_checking
