!> Models by FTorch's names: a scheme.pt of paramnet, which any thread may run.
module ftorch_model
  use, intrinsic :: iso_c_binding, only: c_associated, c_char, c_int, c_loc, c_null_ptr, c_ptr
  use, intrinsic :: iso_fortran_env, only: int32
  use ftorch_c, only: PARAMNET_INPUT, PARAMNET_OUTPUT
  use ftorch_columns, only: predict, record_pointer
  use ftorch_contract, only: fault_of_columns, fault_of_features
  use ftorch_devices, only: torch_kCPU, torch_kCUDA
  use ftorch_record, only: record_at
  use ftorch_tensor, only: torch_tensor
  use paramnet_c, only: c_free, c_load, c_options_init, c_share
  use paramnet_c_queries, only: c_describe
  use paramnet_c_types, only: c_options
  use paramnet_message, only: sentence
  use paramnet_status, only: fail, failure_type, PARAMNET_OK, PARAMNET_STATUS_CONTRACT_MISMATCH, &
                             PARAMNET_STATUS_INVALID_ARGUMENT, refused, settled, succeed
  use paramnet_text, only: characters, decimal, string
  implicit none
  private
  public :: torch_model_delete, torch_model_forward, torch_model_is_training, torch_model_load, torch_model_print_parameters

  !> p is the scheme's handle of paramnet.h; null until torch_model_load sets it.
  type, public :: torch_model
    type(c_ptr) :: p = c_null_ptr
  contains
    procedure :: print_parameters => torch_model_print_parameters
    procedure :: is_training => torch_model_is_training
    procedure, private :: share
    generic :: assignment(=) => share
    final :: torch_model_delete
  end type torch_model

contains

  !> Loads a scheme.pt.  device_type: torch_kCPU, or torch_kCUDA with device_index (default 0) if the bridge has its libtorch
  !> plug-in.  threads of one call: default 1.
  subroutine torch_model_load(model, filename, device_type, device_index, requires_grad, is_training, threads, status, message)
    type(torch_model), intent(inout) :: model
    character(len=*), intent(in) :: filename
    integer(c_int), intent(in) :: device_type
    integer(c_int), intent(in), optional :: device_index
    logical, intent(in), optional :: requires_grad, is_training
    integer(int32), intent(in), optional :: threads
    include 'ftorch_status_arguments.inc'
    character(kind=c_char), allocatable, target :: device(:)
    character(len=:), allocatable :: text
    type(failure_type) :: failure
    type(c_options) :: options
    integer(int32) :: code

    call succeed(failure)
    call torch_model_delete(model)
    call find_device(device_type, device_index, device, text)
    if (text == '') text = refused_training('torch_model_load', requires_grad, is_training)
    if (text /= '') then
      code = refused(failure, present(status), text)
    else
      code = c_options_init(options)
      options%device = c_loc(device)
      if (present(threads)) options%threads = threads
      if (code == PARAMNET_OK) code = c_load(characters(trim(adjustl(filename))), options, model%p)
      code = settled(failure, code, present(status))
    end if
    include 'ftorch_return_status.inc'
  end subroutine torch_model_load

  !> Computes the output tensors from the input tensors.  A refused call leaves the outputs unchanged.
  subroutine torch_model_forward(model, input_tensors, output_tensors, requires_grad, status, message)
    type(torch_model), intent(in) :: model
    type(torch_tensor), intent(in) :: input_tensors(:), output_tensors(:)
    logical, intent(in), optional :: requires_grad
    include 'ftorch_status_arguments.inc'
    type(record_pointer) :: from(size(input_tensors)), to(size(output_tensors))
    type(failure_type) :: failure
    character(len=:), allocatable :: text
    integer(int32) :: code
    integer :: tensor

    call succeed(failure)
    do tensor = 1, size(from)
      from(tensor)%record => record_at(input_tensors(tensor)%p)
    end do
    do tensor = 1, size(to)
      to(tensor)%record => record_at(output_tensors(tensor)%p)
    end do
    call find_fault(model, from, to, requires_grad, code, text)
    if (code /= PARAMNET_OK) then
      call fail(failure, code, text, present(status))
    else
      code = settled(failure, predict(model%p, from, to), present(status))
    end if
    include 'ftorch_return_status.inc'
  end subroutine torch_model_forward

  !> Frees the scheme.  Harmless for a model that is not loaded.
  subroutine torch_model_delete(model)
    type(torch_model), intent(inout) :: model
    integer(int32) :: unused

    if (c_associated(model%p)) unused = c_free(model%p)
    model%p = c_null_ptr
  end subroutine torch_model_delete

  !> Writes the scheme's name, contract, backend, device and precision; a scheme does not show its parameters.
  subroutine torch_model_print_parameters(self)
    class(torch_model), intent(in) :: self
    type(c_ptr) :: line

    if (c_describe(self%p, line) == PARAMNET_OK) then
      print '(a)', string(line)
    else
      print '(a)', 'no model is loaded'
    end if
  end subroutine torch_model_print_parameters

  !> Always false.
  logical function torch_model_is_training(self)
    class(torch_model), intent(in) :: self

    torch_model_is_training = c_associated(self%p) .and. .false.
  end function torch_model_is_training

  !> model = other: a second handle of the same scheme.
  subroutine share(self, other)
    class(torch_model), intent(inout) :: self
    type(torch_model), intent(in) :: other
    type(c_ptr) :: handle
    integer(int32) :: unused

    handle = c_null_ptr
    if (c_associated(other%p)) unused = c_share(other%p, handle)
    if (c_associated(self%p)) unused = c_free(self%p)
    self%p = handle
  end subroutine share

  !> The library's name of a device, null-terminated; text says what is wrong, '' if nothing is.
  subroutine find_device(device_type, device_index, device, text)
    integer(c_int), intent(in) :: device_type
    integer(c_int), intent(in), optional :: device_index
    character(kind=c_char), allocatable, intent(out) :: device(:)
    character(len=:), allocatable, intent(out) :: text
    integer(int32) :: index

    text = ''
    index = 0
    if (present(device_index)) index = device_index
    if (device_type == torch_kCPU) then
      device = characters('cpu')
    else if (device_type == torch_kCUDA) then
      device = characters('cuda:' // decimal(index))
    else
      text = sentence('torch_model_load: device_type', expected='torch_kCPU (0) or torch_kCUDA (1)', got=decimal(device_type))
    end if
  end subroutine find_device

  !> What is wrong with the arguments of torch_model_forward, and its status.
  subroutine find_fault(model, from, to, requires_grad, code, text)
    type(torch_model), intent(in) :: model
    type(record_pointer), intent(in) :: from(:), to(:)
    logical, intent(in), optional :: requires_grad
    integer(int32), intent(out) :: code
    character(len=:), allocatable, intent(out) :: text

    code = PARAMNET_STATUS_INVALID_ARGUMENT
    text = refused_training('torch_model_forward', requires_grad)
    if (text == '' .and. .not. c_associated(model%p)) &
      text = sentence('torch_model_forward: model', expected='a loaded model', got='an empty one', remedy='call torch_model_load')
    if (text == '' .and. min(size(from), size(to)) == 0) &
      text = sentence('torch_model_forward: input_tensors, output_tensors', expected='one tensor or more in each', got='none')
    if (text == '') text = fault_of_columns('input tensor', from, from(1))
    if (text == '') text = fault_of_columns('output tensor', to, from(1))
    if (text /= '') return
    code = PARAMNET_STATUS_CONTRACT_MISMATCH
    text = fault_of_features(model%p, PARAMNET_INPUT, 'input tensor', from)
    if (text == '') text = fault_of_features(model%p, PARAMNET_OUTPUT, 'output tensor', to)
    if (text == '') code = PARAMNET_OK
  end subroutine find_fault

  pure function refused_training(what, requires_grad, is_training) result(text)
    character(len=*), intent(in) :: what
    logical, intent(in), optional :: requires_grad, is_training
    character(len=:), allocatable :: text

    text = ''
    if (present(requires_grad)) then
      if (requires_grad) text = what // ': requires_grad'
    end if
    if (present(is_training)) then
      if (is_training) text = what // ': is_training'
    end if
    if (text /= '') text = sentence(text, expected='.false.', got='.true.', remedy='gradients and training need FTorch itself')
  end function refused_training
end module ftorch_model
