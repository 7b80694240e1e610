!> Binding stores the address of an array: it must not move until free or until the name is bound again.  Any section with
!> constant strides is used in place, of rank 1, 2 or 3.
!>
!> The arrays are dummy pointers with intent(in), so that compilers refuse expressions and arrays without the target
!> attribute, and never copy a section; asynchronous makes gfortran refuse vector subscripts too, which are copies.
!>
!> layout: 'column,level' (default), 'level,column' or 'longitude,latitude' for rank 2; 'column' (default) or 'level' (a
!> single column) for rank 1; rank 3 is (longitude, latitude, level).  levels: 'top_first' (default) or 'bottom_first',
!> the host's order.
!> convert: .true. accepts other units of the closed table in paramnet.h and converts; otherwise they are a mismatch.
submodule (paramnet) paramnet_binding
  use paramnet_arrays, only: describe
  use paramnet_c, only: c_array, c_bind_input, c_bind_output
  use paramnet_layout, only: arrange
  use paramnet_text, only: characters
  implicit none

contains

  module procedure bind_input_real32_1
    include 'paramnet_bind_input.inc'
  end procedure bind_input_real32_1

  module procedure bind_input_real32_2
    include 'paramnet_bind_input.inc'
  end procedure bind_input_real32_2

  module procedure bind_input_real32_3
    include 'paramnet_bind_input.inc'
  end procedure bind_input_real32_3

  module procedure bind_input_real64_1
    include 'paramnet_bind_input.inc'
  end procedure bind_input_real64_1

  module procedure bind_input_real64_2
    include 'paramnet_bind_input.inc'
  end procedure bind_input_real64_2

  module procedure bind_input_real64_3
    include 'paramnet_bind_input.inc'
  end procedure bind_input_real64_3

  module procedure bind_output_real32_1
    include 'paramnet_bind_output.inc'
  end procedure bind_output_real32_1

  module procedure bind_output_real32_2
    include 'paramnet_bind_output.inc'
  end procedure bind_output_real32_2

  module procedure bind_output_real32_3
    include 'paramnet_bind_output.inc'
  end procedure bind_output_real32_3

  module procedure bind_output_real64_1
    include 'paramnet_bind_output.inc'
  end procedure bind_output_real64_1

  module procedure bind_output_real64_2
    include 'paramnet_bind_output.inc'
  end procedure bind_output_real64_2

  module procedure bind_output_real64_3
    include 'paramnet_bind_output.inc'
  end procedure bind_output_real64_3

  !> bind: of paramnet_c, for the kind of array.
  function bind_array(self, bind, name, units, description, array_rank, layout, levels, convert, taken) result(code)
    type(paramnet_scheme), intent(inout) :: self
    procedure(c_bind_input) :: bind
    logical, intent(in) :: taken
    character(len=*), intent(in) :: name, units
    type(c_array), intent(in) :: description
    integer, intent(in) :: array_rank
    character(len=*), intent(in), optional :: layout, levels
    logical, intent(in), optional :: convert
    character(len=:), allocatable :: error
    type(c_array) :: array
    integer(int32) :: code

    code = self%failure%unhandled
    if (code /= PARAMNET_OK) return
    array = description
    call arrange(array, name, array_rank, layout, levels, convert, error)
    if (error /= '') then
      code = refused(self%failure, taken, error)
    else
      code = settled(self%failure, bind(self%handle, characters(name), characters(units), array), taken)
    end if
  end function bind_array
end submodule paramnet_binding
