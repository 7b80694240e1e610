!> The start of a recording, and what a host declares before it binds its arrays.
submodule (paramnet_record) paramnet_record_declaring
  use, intrinsic :: iso_c_binding, only: c_associated, c_char, c_loc
  use paramnet_layout, only: sizes_differ
  use paramnet_message, only: sentence
  use paramnet_record_c, only: c_record_close, c_record_columns, c_record_constant, c_record_counts, c_record_heights, &
                               c_record_levels, c_record_open, c_record_options, c_record_options_init
  use paramnet_record_failure, only: recorded
  use paramnet_text, only: characters
  implicit none

contains

  module procedure open_recorder
    type(c_record_counts) :: counts
    type(c_record_options) :: options
    character(kind=c_char), allocatable, target :: name(:), host(:), units(:), months(:)
    integer(int32) :: code

    if (c_associated(self%handle)) code = c_record_close(self%handle, counts)
    self%handle = c_null_ptr
    self%closed = .false.
    self%failure%unhandled = PARAMNET_OK
    code = c_record_options_init(options)
    name = characters(scheme)
    options%scheme = c_loc(name)
    options%time_step = time_step
    if (present(tendency_interval)) options%tendency_interval = tendency_interval
    if (present(model)) then
      host = characters(model)
      options%model = c_loc(host)
    end if
    if (present(time_units)) then
      units = characters(time_units)
      options%time_units = c_loc(units)
    end if
    if (present(calendar)) then
      months = characters(calendar)
      options%calendar = c_loc(months)
    end if
    if (present(every_step)) options%every_step = every_step
    if (present(every_column)) options%every_column = every_column
    if (present(steps_per_file)) options%steps_per_file = steps_per_file
    if (present(rank)) options%rank = rank
    if (present(ranks)) options%ranks = ranks
    if (present(append)) options%append = merge(1_int32, 0_int32, append)
    code = recorded(self%failure, c_record_open(characters(folder), options, self%handle), present(status))
    include 'paramnet_return_status.inc'
  end procedure open_recorder

  module procedure columns
    integer(int32) :: code
    integer :: longitudes, latitudes
    logical :: grid

    code = self%failure%unhandled
    grid = .false.
    if (present(layout)) grid = layout == 'longitude,latitude' .or. layout == 'longitude, latitude'
    longitudes = size(longitude)
    latitudes = size(latitude)
    if (code /= PARAMNET_OK) then
      continue
    else if (.not. known_layout(layout)) then
      code = refused(self%failure, present(status), sentence('columns', expected="layout 'column' or 'longitude,latitude'", &
        got="'" // layout // "'"))
    else if (.not. grid .and. longitudes /= latitudes) then
      code = refused(self%failure, present(status), sizes_differ('columns: latitude, longitude', latitudes, longitudes))
    else if (size_of(area, latitudes) /= latitudes) then
      code = refused(self%failure, present(status), sizes_differ('columns: latitude, area', latitudes, size(area)))
    else if (grid) then
      code = recorded(self%failure, declared(self, [spread(latitude, 1, longitudes)], [spread(longitude, 2, latitudes)], &
        spread_area(area, longitudes)), present(status))
    else
      code = recorded(self%failure, declared(self, latitude, longitude, spread_area(area, 1)), present(status))
    end if
    include 'paramnet_return_status.inc'
  end procedure columns

  pure logical function known_layout(layout) result(known)
    character(len=*), intent(in), optional :: layout

    known = .true.
    if (present(layout)) known = any(layout == [character(len=19) :: 'column', 'longitude,latitude', 'longitude, latitude'])
  end function known_layout

  pure integer function size_of(area, otherwise) result(elements)
    real(real64), intent(in), optional :: area(:)
    integer, intent(in) :: otherwise

    elements = otherwise
    if (present(area)) elements = size(area)
  end function size_of

  !> The area of each latitude at each of its columns; no elements without an area.
  pure function spread_area(area, longitudes) result(areas)
    real(real64), intent(in), optional :: area(:)
    integer, intent(in) :: longitudes
    real(real64), allocatable :: areas(:)

    allocate (areas(0))
    if (present(area)) areas = [spread(area, 1, longitudes)]
  end function spread_area

  function declared(self, latitude, longitude, area) result(code)
    type(paramnet_recorder), intent(in) :: self
    real(real64), intent(in) :: latitude(:), longitude(:), area(:)
    integer(int32) :: code

    if (size(area) > 0) then
      code = c_record_columns(self%handle, size(latitude, kind=int64), latitude, longitude, area)
    else
      code = c_record_columns(self%handle, size(latitude, kind=int64), latitude, longitude)
    end if
  end function declared

  module procedure hybrid_levels
    integer(int32) :: code

    code = declare_levels(self, a_interface, b_interface, a_mid, b_mid, order, present(status))
    include 'paramnet_return_status.inc'
  end procedure hybrid_levels

  module procedure sigma_levels
    real(real64), parameter :: zero = 0
    integer(int32) :: code

    if (present(mid)) then
      code = declare_levels(self, spread(zero, 1, size(interfaces)), interfaces, spread(zero, 1, size(mid)), mid, order, &
        present(status))
    else
      code = declare_levels(self, spread(zero, 1, size(interfaces)), interfaces, order=order, taken=present(status))
    end if
    include 'paramnet_return_status.inc'
  end procedure sigma_levels

  module procedure pressure_levels
    real(real64), parameter :: zero = 0
    integer(int32) :: code

    if (present(mid)) then
      code = declare_levels(self, interfaces, spread(zero, 1, size(interfaces)), mid, spread(zero, 1, size(mid)), order, &
        present(status))
    else
      code = declare_levels(self, interfaces, spread(zero, 1, size(interfaces)), order=order, taken=present(status))
    end if
    include 'paramnet_return_status.inc'
  end procedure pressure_levels

  module procedure height_levels
    integer(int32) :: code

    code = self%failure%unhandled
    if (code == PARAMNET_OK) code = checked_order(self, order, present(status))
    if (code == PARAMNET_OK) code = recorded(self%failure, c_record_heights(self%handle, size(height, kind=int64), height, &
      number_of(order)), present(status))
    include 'paramnet_return_status.inc'
  end procedure height_levels

  module procedure constant
    integer(int32) :: code

    code = self%failure%unhandled
    if (code == PARAMNET_OK) code = recorded(self%failure, c_record_constant(self%handle, characters(name), value), &
      present(status))
    include 'paramnet_return_status.inc'
  end procedure constant

  function declare_levels(self, a_interface, b_interface, a_mid, b_mid, order, taken) result(code)
    type(paramnet_recorder), intent(inout) :: self
    real(real64), intent(in) :: a_interface(:), b_interface(:)
    real(real64), intent(in), optional :: a_mid(:), b_mid(:)
    character(len=*), intent(in), optional :: order
    logical, intent(in) :: taken
    integer(int32) :: code
    integer :: levels

    code = self%failure%unhandled
    if (code == PARAMNET_OK) code = checked_order(self, order, taken)
    if (code /= PARAMNET_OK) return
    levels = size(a_interface) - 1
    if (size(b_interface) /= levels + 1) then
      code = refused(self%failure, taken, sizes_differ('levels: a and b at interfaces', levels + 1, size(b_interface)))
    else if (size_of(a_mid, levels) /= levels) then
      code = refused(self%failure, taken, sizes_differ('levels: interfaces less one, and mid-levels', levels, size(a_mid)))
    else if (size_of(b_mid, levels) /= levels .or. (present(a_mid) .neqv. present(b_mid))) then
      code = refused(self%failure, taken, sentence('levels', expected='a_mid and b_mid of one size, or neither', got='others'))
    else
      code = recorded(self%failure, c_record_levels(self%handle, int(levels, int64), a_interface, b_interface, a_mid, b_mid, &
        number_of(order)), taken)
    end if
  end function declare_levels

  function checked_order(self, order, taken) result(code)
    type(paramnet_recorder), intent(inout) :: self
    character(len=*), intent(in), optional :: order
    logical, intent(in) :: taken
    integer(int32) :: code

    code = PARAMNET_OK
    if (.not. present(order)) return
    if (order /= 'top_first' .and. order /= 'bottom_first') code = refused(self%failure, taken, sentence('levels', &
      expected="order 'top_first' or 'bottom_first'", got="'" // order // "'"))
  end function checked_order

  pure integer(int32) function number_of(order) result(number)
    character(len=*), intent(in), optional :: order

    number = 0
    if (present(order)) number = merge(1_int32, 0_int32, order == 'bottom_first')
  end function number_of
end submodule paramnet_record_declaring
