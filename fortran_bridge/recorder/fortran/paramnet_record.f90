!> Record what a parameterization reads and computes, as files from which `paramnet source` makes a source and a contract.
!>
!> Every procedure ends with optional arguments status (PARAMNET_OK or PARAMNET_STATUS_*) and message, as in module
!> paramnet.  With status, the caller handles failures: nothing is printed.  Without it, the first failure goes to the hook
!> that paramnet_set_error_hook registered, or to standard error, and nothing more is recorded until open or close.
!> Nothing here stops the program or changes the host's arrays.
!>
!> This file is the complete interface, so it is longer than others; the submodules of paramnet_record_*.f90 implement it.
module paramnet_record
  use, intrinsic :: iso_c_binding, only: c_null_ptr, c_ptr
  use, intrinsic :: iso_fortran_env, only: int32, int64, real32, real64
  use paramnet_status
  implicit none
  private
  public :: paramnet_recorder, paramnet_error_hook, paramnet_set_error_hook
  public :: PARAMNET_OK, PARAMNET_STATUS_INVALID_ARGUMENT, PARAMNET_STATUS_FILE, PARAMNET_STATUS_FORMAT, &
            PARAMNET_STATUS_CONTRACT_MISMATCH, PARAMNET_STATUS_OUT_OF_MEMORY, PARAMNET_STATUS_INTERNAL

  !> A recorder.  Do not copy it by assignment; close it once.
  type :: paramnet_recorder
    private
    type(c_ptr) :: handle = c_null_ptr
    type(failure_type) :: failure
    logical :: closed = .false.
    integer(int64) :: counts(4) = 0  ! of the closed recording
  contains
    procedure :: open => open_recorder
    procedure :: columns
    procedure :: hybrid_levels
    procedure :: sigma_levels
    procedure :: pressure_levels
    procedure :: height_levels
    procedure :: constant
    generic :: bind_input => bind_input_real32_1, bind_input_real32_2, bind_input_real32_3, &
      bind_input_real64_1, bind_input_real64_2, bind_input_real64_3
    generic :: bind_output => bind_output_real32_1, bind_output_real32_2, bind_output_real32_3, &
      bind_output_real64_1, bind_output_real64_2, bind_output_real64_3
    generic :: bind_state => bind_state_real32_1, bind_state_real32_2, bind_state_real32_3, &
      bind_state_real64_1, bind_state_real64_2, bind_state_real64_3
    procedure :: before
    procedure :: after
    procedure :: counters
    procedure :: close => close_recorder
    procedure, private :: bind_input_real32_1, bind_input_real32_2, bind_input_real32_3
    procedure, private :: bind_input_real64_1, bind_input_real64_2, bind_input_real64_3
    procedure, private :: bind_output_real32_1, bind_output_real32_2, bind_output_real32_3
    procedure, private :: bind_output_real64_1, bind_output_real64_2, bind_output_real64_3
    procedure, private :: bind_state_real32_1, bind_state_real32_2, bind_state_real32_3
    procedure, private :: bind_state_real64_1, bind_state_real64_2, bind_state_real64_3
  end type paramnet_recorder

  ! Submodule paramnet_record_declaring.
  interface
    !> Starts a recording in an existing folder.  scheme: name of the parameterization, such as 'convection'.  time_step
    !> (s) between two calls of it; tendency_interval (s): over which the host applies a tendency (default: time_step).
    !> time_units: of the times given to before (default 'days since 0001-01-01'; hours, minutes, seconds); calendar: a CF
    !> name (default 'standard').  model: the host's name and version.  every_step, every_column: record each k-th.
    !> steps_per_file: recorded steps (default: those of a day).  rank, ranks: of several processes, each with columns
    !> of its own, from 0.  append: .true. on a restart, which adds to the files and leaves out the steps they have
    !> (default .false.: files of this scheme and rank in the folder are refused).
    module subroutine open_recorder(self, folder, scheme, time_step, tendency_interval, time_units, calendar, model, &
                                    every_step, every_column, steps_per_file, rank, ranks, append, status, message)
      class(paramnet_recorder), intent(inout) :: self
      character(len=*), intent(in) :: folder, scheme
      real(real64), intent(in) :: time_step
      real(real64), intent(in), optional :: tendency_interval
      character(len=*), intent(in), optional :: time_units, calendar, model
      integer(int32), intent(in), optional :: every_step, every_column, steps_per_file, rank, ranks
      logical, intent(in), optional :: append
      include 'paramnet_status_arguments.inc'
    end subroutine open_recorder

    !> Position of each column, degrees; area: what it stands for, in any unit.  layout: 'column' (default), or
    !> 'longitude,latitude' for the longitudes and latitudes of a grid: columns in the order of (longitude, latitude) arrays,
    !> area then of each latitude.
    module subroutine columns(self, latitude, longitude, area, layout, status, message)
      class(paramnet_recorder), intent(inout) :: self
      real(real64), intent(in) :: latitude(:), longitude(:)
      real(real64), intent(in), optional :: area(:)
      character(len=*), intent(in), optional :: layout
      include 'paramnet_status_arguments.inc'
    end subroutine columns

    !> Pressure (Pa) = a (Pa) + b * surface pressure, at the interfaces and in the middle of each level (default: the mean of
    !> its interfaces).  order: 'top_first' (default) or 'bottom_first', that of these arrays.
    module subroutine hybrid_levels(self, a_interface, b_interface, a_mid, b_mid, order, status, message)
      class(paramnet_recorder), intent(inout) :: self
      real(real64), intent(in) :: a_interface(:), b_interface(:)
      real(real64), intent(in), optional :: a_mid(:), b_mid(:)
      character(len=*), intent(in), optional :: order
      include 'paramnet_status_arguments.inc'
    end subroutine hybrid_levels

    !> Pressure = sigma * surface pressure.
    module subroutine sigma_levels(self, interfaces, mid, order, status, message)
      class(paramnet_recorder), intent(inout) :: self
      real(real64), intent(in) :: interfaces(:)
      real(real64), intent(in), optional :: mid(:)
      character(len=*), intent(in), optional :: order
      include 'paramnet_status_arguments.inc'
    end subroutine sigma_levels

    !> Levels of constant pressure (Pa).
    module subroutine pressure_levels(self, interfaces, mid, order, status, message)
      class(paramnet_recorder), intent(inout) :: self
      real(real64), intent(in) :: interfaces(:)
      real(real64), intent(in), optional :: mid(:)
      character(len=*), intent(in), optional :: order
      include 'paramnet_status_arguments.inc'
    end subroutine pressure_levels

    !> Levels of constant height (m), in the middle of each.
    module subroutine height_levels(self, height, order, status, message)
      class(paramnet_recorder), intent(inout) :: self
      real(real64), intent(in) :: height(:)
      character(len=*), intent(in), optional :: order
      include 'paramnet_status_arguments.inc'
    end subroutine height_levels

    !> A constant of the host, SI: 'gravity', 'specific_heat_of_dry_air', 'latent_heat_of_vaporization' and others.
    module subroutine constant(self, name, value, status, message)
      class(paramnet_recorder), intent(inout) :: self
      character(len=*), intent(in) :: name
      real(real64), intent(in) :: value
      include 'paramnet_status_arguments.inc'
    end subroutine constant
  end interface

  ! Submodule paramnet_record_stepping.
  interface
    !> Call it before the parameterization, with the time at the start of the step, in time_units.
    module subroutine before(self, time, status, message)
      class(paramnet_recorder), intent(inout) :: self
      real(real64), intent(in) :: time
      include 'paramnet_status_arguments.inc'
    end subroutine before

    !> Call it after the parameterization.
    module subroutine after(self, status, message)
      class(paramnet_recorder), intent(inout) :: self
      include 'paramnet_status_arguments.inc'
    end subroutine after

    !> Steps written since open, steps that the files had already, steps of files that could not be completed, and files; after
    !> close, those of the closed recording.
    module subroutine counters(self, written, skipped, lost, files, status, message)
      class(paramnet_recorder), intent(inout) :: self
      integer(int64), intent(out), optional :: written, skipped, lost, files
      include 'paramnet_status_arguments.inc'
    end subroutine counters

    !> Completes the last file.  Harmless when nothing is open.
    module subroutine close_recorder(self, status, message)
      class(paramnet_recorder), intent(inout) :: self
      include 'paramnet_status_arguments.inc'
    end subroutine close_recorder
  end interface

  ! Submodule paramnet_record_binding.
  interface
    !> bind_input, bind_output and bind_state store the address of an array, which before and after read in place.  An input is
    !> read before the parameterization, an output after it; a state is read before it, as an input, and after it:
    !> (after - before) / tendency_interval is the output tendency_of_<name>_due_to_<scheme>.  units: any that UDUNITS reads.
    !> layout and levels as in module paramnet.  standard_name: the CF name, if there is one and name is another.
    !> Binding a name again replaces its array.
    module subroutine bind_input_real32_1(self, name, units, array, layout, levels, standard_name, status, message)
      real(real32), pointer, intent(in), asynchronous :: array(:)
      include 'paramnet_record_bind_arguments.inc'
    end subroutine bind_input_real32_1

    module subroutine bind_input_real32_2(self, name, units, array, layout, levels, standard_name, status, message)
      real(real32), pointer, intent(in), asynchronous :: array(:, :)
      include 'paramnet_record_bind_arguments.inc'
    end subroutine bind_input_real32_2

    module subroutine bind_input_real32_3(self, name, units, array, layout, levels, standard_name, status, message)
      real(real32), pointer, intent(in), asynchronous :: array(:, :, :)
      include 'paramnet_record_bind_arguments.inc'
    end subroutine bind_input_real32_3

    module subroutine bind_input_real64_1(self, name, units, array, layout, levels, standard_name, status, message)
      real(real64), pointer, intent(in), asynchronous :: array(:)
      include 'paramnet_record_bind_arguments.inc'
    end subroutine bind_input_real64_1

    module subroutine bind_input_real64_2(self, name, units, array, layout, levels, standard_name, status, message)
      real(real64), pointer, intent(in), asynchronous :: array(:, :)
      include 'paramnet_record_bind_arguments.inc'
    end subroutine bind_input_real64_2

    module subroutine bind_input_real64_3(self, name, units, array, layout, levels, standard_name, status, message)
      real(real64), pointer, intent(in), asynchronous :: array(:, :, :)
      include 'paramnet_record_bind_arguments.inc'
    end subroutine bind_input_real64_3

    !> As bind_input, for what the parameterization computes: after reads it.
    module subroutine bind_output_real32_1(self, name, units, array, layout, levels, standard_name, status, message)
      real(real32), pointer, intent(in), asynchronous :: array(:)
      include 'paramnet_record_bind_arguments.inc'
    end subroutine bind_output_real32_1

    module subroutine bind_output_real32_2(self, name, units, array, layout, levels, standard_name, status, message)
      real(real32), pointer, intent(in), asynchronous :: array(:, :)
      include 'paramnet_record_bind_arguments.inc'
    end subroutine bind_output_real32_2

    module subroutine bind_output_real32_3(self, name, units, array, layout, levels, standard_name, status, message)
      real(real32), pointer, intent(in), asynchronous :: array(:, :, :)
      include 'paramnet_record_bind_arguments.inc'
    end subroutine bind_output_real32_3

    module subroutine bind_output_real64_1(self, name, units, array, layout, levels, standard_name, status, message)
      real(real64), pointer, intent(in), asynchronous :: array(:)
      include 'paramnet_record_bind_arguments.inc'
    end subroutine bind_output_real64_1

    module subroutine bind_output_real64_2(self, name, units, array, layout, levels, standard_name, status, message)
      real(real64), pointer, intent(in), asynchronous :: array(:, :)
      include 'paramnet_record_bind_arguments.inc'
    end subroutine bind_output_real64_2

    module subroutine bind_output_real64_3(self, name, units, array, layout, levels, standard_name, status, message)
      real(real64), pointer, intent(in), asynchronous :: array(:, :, :)
      include 'paramnet_record_bind_arguments.inc'
    end subroutine bind_output_real64_3

    !> As bind_input, for what the parameterization changes: an input, and its change per second an output.
    module subroutine bind_state_real32_1(self, name, units, array, layout, levels, standard_name, status, message)
      real(real32), pointer, intent(in), asynchronous :: array(:)
      include 'paramnet_record_bind_arguments.inc'
    end subroutine bind_state_real32_1

    module subroutine bind_state_real32_2(self, name, units, array, layout, levels, standard_name, status, message)
      real(real32), pointer, intent(in), asynchronous :: array(:, :)
      include 'paramnet_record_bind_arguments.inc'
    end subroutine bind_state_real32_2

    module subroutine bind_state_real32_3(self, name, units, array, layout, levels, standard_name, status, message)
      real(real32), pointer, intent(in), asynchronous :: array(:, :, :)
      include 'paramnet_record_bind_arguments.inc'
    end subroutine bind_state_real32_3

    module subroutine bind_state_real64_1(self, name, units, array, layout, levels, standard_name, status, message)
      real(real64), pointer, intent(in), asynchronous :: array(:)
      include 'paramnet_record_bind_arguments.inc'
    end subroutine bind_state_real64_1

    module subroutine bind_state_real64_2(self, name, units, array, layout, levels, standard_name, status, message)
      real(real64), pointer, intent(in), asynchronous :: array(:, :)
      include 'paramnet_record_bind_arguments.inc'
    end subroutine bind_state_real64_2

    module subroutine bind_state_real64_3(self, name, units, array, layout, levels, standard_name, status, message)
      real(real64), pointer, intent(in), asynchronous :: array(:, :, :)
      include 'paramnet_record_bind_arguments.inc'
    end subroutine bind_state_real64_3
  end interface
end module paramnet_record
