!> Binding stores the address of an array: it must not move until close or until the name is bound again.  The dummy
!> arguments are pointers for the reasons given in paramnet_binding.
submodule (paramnet_record) paramnet_record_binding
  use paramnet_arrays, only: describe
  use paramnet_c_types, only: c_array
  use paramnet_layout, only: arrange
  use paramnet_record_c, only: c_record_bind, PARAMNET_RECORD_INPUT, PARAMNET_RECORD_OUTPUT, PARAMNET_RECORD_STATE
  use paramnet_record_failure, only: recorded
  use paramnet_text, only: characters
  implicit none

contains

  module procedure bind_input_real32_1
    include 'paramnet_record_bind_input.inc'
  end procedure bind_input_real32_1

  module procedure bind_input_real32_2
    include 'paramnet_record_bind_input.inc'
  end procedure bind_input_real32_2

  module procedure bind_input_real32_3
    include 'paramnet_record_bind_input.inc'
  end procedure bind_input_real32_3

  module procedure bind_input_real64_1
    include 'paramnet_record_bind_input.inc'
  end procedure bind_input_real64_1

  module procedure bind_input_real64_2
    include 'paramnet_record_bind_input.inc'
  end procedure bind_input_real64_2

  module procedure bind_input_real64_3
    include 'paramnet_record_bind_input.inc'
  end procedure bind_input_real64_3

  module procedure bind_output_real32_1
    include 'paramnet_record_bind_output.inc'
  end procedure bind_output_real32_1

  module procedure bind_output_real32_2
    include 'paramnet_record_bind_output.inc'
  end procedure bind_output_real32_2

  module procedure bind_output_real32_3
    include 'paramnet_record_bind_output.inc'
  end procedure bind_output_real32_3

  module procedure bind_output_real64_1
    include 'paramnet_record_bind_output.inc'
  end procedure bind_output_real64_1

  module procedure bind_output_real64_2
    include 'paramnet_record_bind_output.inc'
  end procedure bind_output_real64_2

  module procedure bind_output_real64_3
    include 'paramnet_record_bind_output.inc'
  end procedure bind_output_real64_3

  module procedure bind_state_real32_1
    include 'paramnet_record_bind_state.inc'
  end procedure bind_state_real32_1

  module procedure bind_state_real32_2
    include 'paramnet_record_bind_state.inc'
  end procedure bind_state_real32_2

  module procedure bind_state_real32_3
    include 'paramnet_record_bind_state.inc'
  end procedure bind_state_real32_3

  module procedure bind_state_real64_1
    include 'paramnet_record_bind_state.inc'
  end procedure bind_state_real64_1

  module procedure bind_state_real64_2
    include 'paramnet_record_bind_state.inc'
  end procedure bind_state_real64_2

  module procedure bind_state_real64_3
    include 'paramnet_record_bind_state.inc'
  end procedure bind_state_real64_3

  function bind_array(self, role, name, units, description, array_rank, layout, levels, standard_name, taken) result(code)
    type(paramnet_recorder), intent(inout) :: self
    integer(int32), intent(in) :: role
    logical, intent(in) :: taken
    character(len=*), intent(in) :: name, units
    type(c_array), intent(in) :: description
    integer, intent(in) :: array_rank
    character(len=*), intent(in), optional :: layout, levels, standard_name
    character(len=:), allocatable :: error, cf_name
    type(c_array) :: array
    integer(int32) :: code

    code = self%failure%unhandled
    if (code /= PARAMNET_OK) return
    array = description
    cf_name = ''
    if (present(standard_name)) cf_name = standard_name
    call arrange(array, name, array_rank, layout, levels, error=error)
    if (error /= '') then
      code = refused(self%failure, taken, error)
    else
      code = recorded(self%failure, c_record_bind(self%handle, role, characters(name), characters(units), &
        characters(cf_name), array), taken)
    end if
  end function bind_array
end submodule paramnet_record_binding
