!> Tangent and adjoint: arrays of perturbations, and the walks over them.
submodule (paramnet:paramnet_binding) paramnet_derivatives
  use paramnet_c_derivatives
  use paramnet_message, only: sentence
  implicit none

contains

  module procedure bind_input_perturbation_real32_1
    include 'paramnet_bind_input_perturbation.inc'
  end procedure bind_input_perturbation_real32_1

  module procedure bind_input_perturbation_real32_2
    include 'paramnet_bind_input_perturbation.inc'
  end procedure bind_input_perturbation_real32_2

  module procedure bind_input_perturbation_real32_3
    include 'paramnet_bind_input_perturbation.inc'
  end procedure bind_input_perturbation_real32_3

  module procedure bind_input_perturbation_real64_1
    include 'paramnet_bind_input_perturbation.inc'
  end procedure bind_input_perturbation_real64_1

  module procedure bind_input_perturbation_real64_2
    include 'paramnet_bind_input_perturbation.inc'
  end procedure bind_input_perturbation_real64_2

  module procedure bind_input_perturbation_real64_3
    include 'paramnet_bind_input_perturbation.inc'
  end procedure bind_input_perturbation_real64_3

  module procedure bind_output_perturbation_real32_1
    include 'paramnet_bind_output_perturbation.inc'
  end procedure bind_output_perturbation_real32_1

  module procedure bind_output_perturbation_real32_2
    include 'paramnet_bind_output_perturbation.inc'
  end procedure bind_output_perturbation_real32_2

  module procedure bind_output_perturbation_real32_3
    include 'paramnet_bind_output_perturbation.inc'
  end procedure bind_output_perturbation_real32_3

  module procedure bind_output_perturbation_real64_1
    include 'paramnet_bind_output_perturbation.inc'
  end procedure bind_output_perturbation_real64_1

  module procedure bind_output_perturbation_real64_2
    include 'paramnet_bind_output_perturbation.inc'
  end procedure bind_output_perturbation_real64_2

  module procedure bind_output_perturbation_real64_3
    include 'paramnet_bind_output_perturbation.inc'
  end procedure bind_output_perturbation_real64_3

  module procedure linearize
    integer(int32) :: code, bytes

    code = self%failure%unhandled
    bytes = 4
    if (present(precision)) then
      if (precision == 'float64') bytes = 8
      if (code == PARAMNET_OK .and. precision /= 'float32' .and. precision /= 'float64') &
        code = refused(self%failure, present(status), sentence('linearize: precision', expected="'float32' or 'float64'", &
                                                               got="'" // precision // "'"))
    end if
    if (code == PARAMNET_OK) &
      code = settled(self%failure, c_linearize(self%handle, int(ncol, int64), bytes), present(status))
    include 'paramnet_return_status.inc'
  end procedure linearize

  module procedure tangent
    integer(int32) :: code

    code = self%failure%unhandled
    if (code == PARAMNET_OK) code = settled(self%failure, c_tangent(self%handle, int(ncol, int64)), present(status))
    include 'paramnet_return_status.inc'
  end procedure tangent

  module procedure adjoint
    integer(int32) :: code

    code = self%failure%unhandled
    if (code == PARAMNET_OK) code = settled(self%failure, c_adjoint(self%handle, int(ncol, int64)), present(status))
    include 'paramnet_return_status.inc'
  end procedure adjoint

  module procedure difference
    integer(int32) :: code

    code = self%failure%unhandled
    if (code == PARAMNET_OK) code = settled(self%failure, c_difference(self%handle, int(ncol, int64)), present(status))
    include 'paramnet_return_status.inc'
  end procedure difference
end submodule paramnet_derivatives
