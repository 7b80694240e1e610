! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> The run that wrote the host's restart file, compared with the run that reads it.
!> A learned run stores its scheme's SHA-256 there, a superparameterized run its cloud-resolving models.
module paramnet_plasim_restart
  use, intrinsic :: iso_fortran_env, only: error_unit
  use pumamod, only: NROOT, mypid, nrestart
  use restartmod, only: yresnam, nresnum
  use paramnet_message, only: sentence
  use paramnet_plasim_counters, only: any_rank
  use paramnet_plasim_options, only: plasim_options, namelist_file
  implicit none
  private
  public :: crm_record, restart_holds, restart_check, restart_save_scheme, scheme_record

  character(len=*), parameter :: scheme_record = "paramnetscheme", crm_record = "crm001"
  character(len=64), parameter :: unknown = repeat("-", 64) !< of a run that was not given its scheme's digest
  character(len=*), parameter :: anew = "starts_anew = .true. in "//namelist_file//" allows the change"
  integer, parameter :: words = 16                          !< of 4 letters

contains

  !> Return True if the restart file that the host has read has a record of this name. Collective.
  logical function restart_holds(name)
    character(len=*), intent(in) :: name
    logical :: present
    present = .false.
    if (mypid == NROOT .and. nrestart > 0) present = any(yresnam(1:nresnum) == name)
    restart_holds = any_rank(present)
  end function restart_holds

  !> error, on the root, reports a restart file from another kind of run. Collective.
  subroutine restart_check(options, error)
    type(plasim_options), intent(in) :: options
    character(len=*), intent(inout) :: error
    logical :: learned, crm
    learned = restart_holds(scheme_record)
    crm = restart_holds(crm_record)
    if (mypid /= NROOT .or. nrestart == 0) return
    if (options%starts_anew) return
    if (options%mode == "crm" .and. .not. crm) error = sentence("mode 'crm'", got="one without", &
      remedy=anew, expected="a restart file with the state of the cloud-resolving models (records "//crm_record//" ...)")
    if (error /= "") return
    if (learned .and. options%mode /= "learned") call refuse("learned")
    if (crm .and. options%mode /= "crm") call refuse("crm")
    if (learned .and. error == "") call compare_scheme(options, error)

  contains

    subroutine refuse(written_in)
      character(len=*), intent(in) :: written_in
      character(len=:), allocatable :: got, remedy
      got = "mode '"//trim(options%mode)//"'"
      remedy = anew
      if (.not. options%from_file) got = got//", as there is no file "//namelist_file
      if (.not. options%from_file) remedy = "put it back; "//anew
      error = sentence("the restart file", expected="mode '"//written_in//"', in which it was written", got=got, remedy=remedy)
    end subroutine refuse
  end subroutine restart_check

  subroutine compare_scheme(options, error)
    type(plasim_options), intent(in) :: options
    character(len=*), intent(inout) :: error
    character(len=64) :: written
    integer :: letters(words)
    call get_restart_seed(scheme_record, letters, words)
    written = transfer(letters, written)
    if (written == unknown .or. options%scheme_digest == "") then
      write (error_unit, "(a)") "paramnet: scheme_digest is not known: not compared with the scheme that wrote the restart file"
    else if (written /= options%scheme_digest) then
      error = sentence("the restart file", expected="the scheme of SHA-256 "//written//", with which it was written", &
                       got=options%scheme_digest, remedy=anew)
    end if
  end subroutine compare_scheme

  !> Called while the host writes its restart file.
  subroutine restart_save_scheme(digest)
    character(len=*), intent(in) :: digest
    character(len=64) :: written
    integer :: letters(words)
    if (mypid /= NROOT) return
    written = digest
    if (digest == "") written = unknown
    letters = transfer(written, letters)
    call put_restart_seed(scheme_record, letters, words)
  end subroutine restart_save_scheme

end module paramnet_plasim_restart
