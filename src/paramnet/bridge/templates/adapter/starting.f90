  !> Columns without a result have zero outputs.  A larger share than fallback_limit ends the mode with a status.
  subroutine judge(self, time, status, message)
    class({{ prefix }}_adapter), intent(inout) :: self
    real(real64), intent(in) :: time
    integer(int32), intent(out) :: status
    character(len=:), allocatable, intent(inout) :: message
    integer(int64) :: columns, without
    character(len=200) :: text

    call self%scheme%counters(columns=columns, fallen_back=without, status=status, message=message)
    if (status /= PARAMNET_OK .or. columns - self%judged < window) return
    if (without - self%judged_without > self%fallback_limit * (columns - self%judged)) then
      write (text, '(2(a, i0), a, f0.4, a, f0.3)') 'expected a result in more columns, got none in ', &
        without - self%judged_without, ' of ', columns - self%judged, ', above the share of fallback_limit, ', &
        self%fallback_limit, ', at time ', time
      status = PARAMNET_STATUS_BACKEND
      message = '{{ prefix }}_paramnet: ' // trim(text)
    end if
    self%judged = columns
    self%judged_without = without
  end subroutine judge

  !> The model's levels, time step and constants are those of the training; then every array.
  subroutine start_scheme(self, status, message)
    class({{ prefix }}_adapter), intent(inout) :: self
    integer(int32), intent(out) :: status
    character(len=:), allocatable, intent(inout) :: message

    call require(allocated(self%model%a_mid) .and. allocated(self%model%b_mid), 'model%a_mid, b_mid', status, message)
    if (status /= PARAMNET_OK) return
    call self%scheme%declare_grid(self%model%a_mid, self%model%b_mid, order=levels, status=status, message=message)
    call self%number('time_step', self%model%time_step, status, message)
    call self%number('tendency_interval', self%model%tendency_interval, status, message)
{% for name in contract.constants %}
    call self%number('{{ name }}', self%constants%{{ name }}, status, message)
{% endfor %}
    call self%every_array(status, message)
    if (status /= PARAMNET_OK) return
    if (allocated(self%flags)) deallocate (self%flags)
    allocate (self%flags(size(self%inputs%{{ contract.surface_pressure_name }})), source=0_int32)
  end subroutine start_scheme

{% if recorder %}
  !> Opens a recording in folder, which must exist, and declares what the files say of the model.
  subroutine start_recorder(self, folder, every_step, every_column, append, status, message)
    class({{ prefix }}_adapter), intent(inout) :: self
    character(len=*), intent(in) :: folder
    integer(int32), intent(in) :: every_step, every_column
    logical, intent(in) :: append
    integer(int32), intent(out) :: status
    character(len=:), allocatable, intent(inout) :: message

    associate (model => self%model)
      call require(model%time_step > 0 .and. model%tendency_interval > 0, 'model%time_step, tendency_interval', status, message)
      if (status == PARAMNET_OK) call require(allocated(model%latitude) .and. allocated(model%longitude), &
        'model%latitude, longitude', status, message)
      if (status == PARAMNET_OK) call require(allocated(model%a_interface) .and. allocated(model%b_interface) .and. &
        allocated(model%a_mid) .and. allocated(model%b_mid), 'model%a_interface, b_interface, a_mid, b_mid', status, message)
      if (status /= PARAMNET_OK) return
      call self%recorder%open(folder, {{ fields.process|quoted }}, model%time_step, model%tendency_interval, &
        trim(model%time_units), trim(model%calendar), trim(model%name), every_step, every_column, rank=model%rank, &
        ranks=model%ranks, append=append, status=status, message=message)
      if (status /= PARAMNET_OK) return
      call self%recorder%columns(model%latitude, model%longitude, model%area, layout=surface_layout, status=status, message=message)
      if (status /= PARAMNET_OK) return
      call self%recorder%hybrid_levels(model%a_interface, model%b_interface, model%a_mid, model%b_mid, order=levels, &
        status=status, message=message)
    end associate
{% for name in contract.constants %}
    call self%number('{{ name }}', self%constants%{{ name }}, status, message)
{% endfor %}
    call self%every_array(status, message)
  end subroutine start_recorder

{% endif %}
  !> Binds every array by its name in the contract.
  subroutine every_array(self, status, message)
    class({{ prefix }}_adapter), intent(inout) :: self
    integer(int32), intent(inout) :: status
    character(len=:), allocatable, intent(inout) :: message

{% for field in fields.all %}
    call self%bind_{{ "profile" if field.variable.is_profile else "surface" }}('{{ field.role }}', '{{ field.name }}', {{ field.variable.units|quoted }}, {{ field.variable.standard_name|quoted + ", " if recorder else "" }}self%{{ "outputs" if field.is_output else "inputs" }}%{{ field.name }}, status, message)
{% endfor %}
  end subroutine every_array

  !> A number of the model: compared with that of the training{{ ", or recorded" if recorder else "" }}; nothing after a failure.
  subroutine number(self, name, value, status, message)
    class({{ prefix }}_adapter), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(in) :: value
    integer(int32), intent(inout) :: status
    character(len=:), allocatable, intent(inout) :: message

    if (status == PARAMNET_OK) call require(value > unset, name, status, message)
    if (status /= PARAMNET_OK) return
{% if recorder %}
    if (self%mode == 'record') then
      call self%recorder%constant(name, value, status, message)
      return
    end if
{% endif %}
    call self%scheme%check_constant(name, value, status=status, message=message)
  end subroutine number

{% macro binding(rank, shape, layout) %}
  !> Binds one array; nothing after a failure.
  subroutine bind_{{ rank }}(self, role, name, units, {{ "standard_name, " if recorder else "" }}array, status, message)
    class({{ prefix }}_adapter), intent(inout) :: self
    character(len=*), intent(in) :: role, name, units{{ ", standard_name" if recorder else "" }}
    real(wp), pointer, intent(in), asynchronous :: array{{ shape }}
    integer(int32), intent(inout) :: status
    character(len=:), allocatable, intent(inout) :: message

    if (status /= PARAMNET_OK) return
{% if recorder %}
    if (self%mode == 'record') then
      select case (role)
      case ('input')
        call self%recorder%bind_input(name, units, array, {{ layout }}, levels, standard_name, status, message)
      case ('output')
        call self%recorder%bind_output(name, units, array, {{ layout }}, levels, standard_name, status, message)
{% if in_place %}
      case ('state')  ! its change is recorded, too: the output of role change
        call self%recorder%bind_state(name, units, array, {{ layout }}, levels, standard_name, status, message)
{% endif %}
      end select
      return
    end if
{% endif %}
    select case (role)
    case ('input'{{ ", 'state'" if in_place else "" }})
      call self%scheme%bind_input(name, units, array, {{ layout }}, levels, status=status, message=message)
    case ('output'{{ ", 'change'" if in_place else "" }})
      call self%scheme%bind_output(name, units, array, {{ layout }}, levels, status=status, message=message)
    end select
  end subroutine bind_{{ rank }}

{% endmacro %}
{% if profiles %}
{{ binding("profile", profile, "profile_layout") }}
{%- endif %}
{{ binding("surface", surface, "surface_layout") }}
{%- raw %}{% endraw %}
  !> A component that is not set is refused by its name.
  subroutine require(holds, name, status, message)
    logical, intent(in) :: holds
    character(len=*), intent(in) :: name
    integer(int32), intent(out) :: status
    character(len=:), allocatable, intent(inout) :: message

    status = merge(PARAMNET_OK, PARAMNET_STATUS_INVALID_ARGUMENT, holds)
    if (.not. holds) message = '{{ prefix }}_paramnet: expected ' // name // ', set before or by init, got none'
  end subroutine require
