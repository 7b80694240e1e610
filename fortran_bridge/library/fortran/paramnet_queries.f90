!> Properties of the scheme: counters, levels, grid, training ranges.
submodule (paramnet) paramnet_queries
  use paramnet_c
  use paramnet_c_queries
  use paramnet_layout, only: sizes_differ
  use paramnet_text, only: characters, string
  implicit none

contains

  module procedure counters
    type(c_counts) :: counts
    integer(int32) :: code

    counts = c_counts(0, 0, 0, 0, 0, 0, 0, 0)
    code = self%failure%unhandled
    if (code == PARAMNET_OK) code = settled(self%failure, c_counters(self%handle, counts), present(status))
    if (present(calls)) calls = counts%calls
    if (present(columns)) columns = counts%columns
    if (present(nonfinite_input)) nonfinite_input = counts%nonfinite_input
    if (present(nonfinite_output)) nonfinite_output = counts%nonfinite_output
    if (present(outside_envelope)) outside_envelope = counts%outside_envelope
    if (present(far_from_training)) far_from_training = counts%far_from_training
    if (present(fallen_back)) fallen_back = counts%fallen_back
    if (present(corrected)) corrected = counts%corrected
    include 'paramnet_return_status.inc'
  end procedure counters

  module procedure corrected
    integer(int64) :: found
    integer(int32) :: code

    found = 0
    code = self%failure%unhandled
    if (code == PARAMNET_OK) code = settled(self%failure, c_corrected(self%handle, characters(fixer), found), present(status))
    columns = found
    include 'paramnet_return_status.inc'
  end procedure corrected

  module procedure levels
    integer(int64) :: count

    levels = 0
    if (c_level_count(self%handle, count) == PARAMNET_OK) levels = int(count, int32)
  end procedure levels

  module procedure describe_scheme
    type(c_ptr) :: text

    line = 'no scheme loaded'
    if (c_describe(self%handle, text) == PARAMNET_OK) line = string(text)
  end procedure describe_scheme

  module procedure output_limits
    integer(int32) :: code

    code = self%failure%unhandled
    if (code == PARAMNET_OK .and. size(minimum) /= size(maximum)) code = refused(self%failure, present(status), &
      sizes_differ('output_limits', size(minimum), size(maximum)))
    if (code == PARAMNET_OK) code = settled(self%failure, c_output_limits(self%handle, characters(name), &
      size(minimum, kind=int64), minimum, maximum), present(status))
    include 'paramnet_return_status.inc'
  end procedure output_limits

  module procedure vertical_grid
    integer(int32) :: code

    code = self%failure%unhandled
    if (code == PARAMNET_OK .and. size(a_mid) /= size(b_mid)) code = refused(self%failure, present(status), &
      sizes_differ('vertical_grid', size(a_mid), size(b_mid)))
    if (code == PARAMNET_OK) code = settled(self%failure, c_vertical_grid(self%handle, PARAMNET_MIDPOINTS, &
      size(a_mid, kind=int64), a_mid, b_mid), present(status))
    include 'paramnet_return_status.inc'
  end procedure vertical_grid
end submodule paramnet_queries
