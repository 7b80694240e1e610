! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> The hooks into the host (see edits.yaml): radiation, convection, clouds, end of each step, restart file, end of the run.
!> External procedures, because the host calls them without a module.

subroutine radstep()
  use paramnet_plasim_run, only: radiation
  implicit none
  call radiation()
end subroutine radstep

subroutine kuo()
  use paramnet_plasim_run, only: convection
  implicit none
  call convection()
end subroutine kuo

subroutine mkclouds()
  use paramnet_plasim_run, only: clouds
  implicit none
  external :: mkclouds_scheme
  call mkclouds_scheme()
  call clouds()
end subroutine mkclouds

subroutine paramnet_write_restart()
  use paramnet_plasim_run, only: save_state
  implicit none
  call save_state()
end subroutine paramnet_write_restart

subroutine outaccu()
  use paramnet_plasim_run, only: end_of_step
  implicit none
  external :: outaccu_scheme
  call outaccu_scheme()
  call end_of_step()
end subroutine outaccu

subroutine epilog()
  use paramnet_plasim_run, only: end_of_run
  use paramnet_plasim_scheme, only: scheme_free
  implicit none
  external :: epilog_scheme
  call end_of_run()
  call epilog_scheme() ! writes the restart file, with the scheme's state
  call scheme_free()
end subroutine epilog
