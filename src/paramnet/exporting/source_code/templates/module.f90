{% import "kernels.f90" as kernels %}
{% import "functions.f90" as functions with context %}
{% import "layers.f90" as layers with context %}
!> {{ title }}, as source code without any library. Written by `paramnet export language=fortran`; write it again rather than edit it.
!> Scheme: SHA-256 {{ scheme_sha256 }}; contract {{ contract_digest }}.
!> Written by paramnet {{ version }}; weights of {{ exported }}, checkpoint SHA-256 {{ checkpoint_sha256 }}.
!> SPDX-License-Identifier: {{ license }} (this code; the weights are under the licence of their author)
!>
!> Call `{{ name }}_load` once, `{{ name }}_check` with what the host has, then `{{ name }}_run` at each step. No procedure stops
!> the program: each returns a status, and a message where it is not `{{ name }}_ok`.
module {{ name }}
  use, intrinsic :: ieee_arithmetic, only: ieee_is_nan
  use, intrinsic :: iso_fortran_env, only: int8, int32, int64, real32, real64
  implicit none
  private
  public :: {{ name }}_load, {{ name }}_check, {{ name }}_run

{% for status, number in {"ok": 0, "invalid_argument": 1, "file": 2, "format": 3, "contract_mismatch": 4, "not_loaded": 5}.items() %}
  integer(int32), parameter, public :: {{ name }}_{{ status }} = {{ number }}
{% endfor %}
  !> Bits of the flags of a column: its outputs are then zero, and its state is as it was.
  integer(int32), parameter, public :: {{ name }}_nonfinite_input = 1
  integer(int32), parameter, public :: {{ name }}_nonfinite_output = 2

  ! The contract. Variables are in the order of the arguments of `{{ name }}_run`: inputs, then outputs.
  integer(int32), parameter, public :: {{ name }}_levels = {{ levels }}
  integer(int32), parameter, public :: {{ name }}_variables = {{ variables | length }}
  real(real64), parameter, public :: {{ name }}_time_step = {{ time_step | number }}  ! s
  character(len=*), parameter, public :: {{ name }}_level_order = {{ level_order | quoted }}
  character(len=*), parameter, public :: {{ name }}_coordinate = {{ coordinate_kind | quoted }}
  character(len=*), parameter, public :: {{ name }}_weights_sha256 = &
    '{{ weights_sha256 }}'
  character(len=64), parameter, public :: {{ name }}_names({{ variables | length }}) = [character(len=64) :: &
{% for one in variables %}
    {{ one.name | quoted }}{{ "]" if loop.last else ", &" }}
{% endfor %}
  character(len=32), parameter, public :: {{ name }}_units({{ variables | length }}) = [character(len=32) :: &
{% for one in variables %}
    {{ one.units | quoted }}{{ "]" if loop.last else ", &" }}
{% endfor %}
{% for coordinate in coordinates %}
  real(real64), parameter, public :: {{ name }}_{{ coordinate.name }}({{ coordinate.numbers | length }}) = [ &
{{ coordinate.numbers | numbers(4) }}]  ! {{ coordinate.units }}
{% endfor %}
{% if states %}
  real(real64), parameter, public :: {{ name }}_state_start({{ states | length }}) = [ &
{{ states | numbers(4) }}]  ! of a column at a cold start
{% endif %}

  integer(int32), parameter :: width = {{ width }}  ! columns of a block, which is computed as a whole
  integer(int32), parameter :: lanes = 8  ! columns that the dense layer keeps in registers; 16 if the compiler uses vectors of AVX-512
  real(real64), save :: constants64({{ sizes["64"] }})
  real(real32), save :: constants32({{ sizes["32"] }})
  integer(int32), save :: constants_index({{ sizes["index"] }})
  !$acc declare create(constants64, constants32, constants_index)
  logical, save :: loaded = .false.

  interface {{ name }}_run
    module procedure run_real32, run_real64
  end interface {{ name }}_run

contains

  !> Read the weights from `file`, {{ weights_bytes }} bytes, after checking their size and SHA-256.
  subroutine {{ name }}_load(file, status, message)
    character(len=*), intent(in) :: file
    integer(int32), intent(out) :: status
    character(len=:), allocatable, intent(out) :: message
    integer(int8), allocatable :: bytes(:)
    integer(int64) :: found
    integer :: unit, problem
    character(len=256) :: text
    character(len=20) :: number

    loaded = .false.
    status = {{ name }}_file
    text = ''
    open (newunit=unit, file=file, access='stream', form='unformatted', status='old', action='read', iostat=problem, iomsg=text)
    if (problem /= 0) then
      message = file // ': expected the weights of {{ name }}, got ' // trim(text)
      return
    end if
    inquire (unit=unit, size=found)
    if (found /= {{ weights_bytes }}) then
      write (number, '(i0)') found
      close (unit)
      status = {{ name }}_format
      message = file // ': expected {{ weights_bytes }} bytes, got ' // trim(number) // '; copy the file again'
      return
    end if
    allocate (bytes({{ weights_bytes }}))
    read (unit, pos=1, iostat=problem, iomsg=text) bytes
    if (problem == 0) read (unit, pos=1, iostat=problem, iomsg=text) constants64, constants32, constants_index
    close (unit)
    if (problem /= 0) then
      message = file // ': expected the weights of {{ name }}, got ' // trim(text)
    else if (sha256(bytes) /= '{{ weights_sha256 | upper }}') then
      status = {{ name }}_format
      message = file // ': expected SHA-256 {{ weights_sha256[:16] }}..., got another; copy the file that was written with this module'
    else if (abs(constants64(1) - 1) > 0) then
      status = {{ name }}_format
      message = file // ': expected a host with little-endian numbers, got another'
    else
      !$acc update device(constants64, constants32, constants_index)
      status = {{ name }}_ok
      message = ''
      loaded = .true.
    end if
  end subroutine {{ name }}_load

{% include "check.f90" %}
{% for kind in ("32", "64") %}

{% include "run.f90" %}
{% endfor %}

  !> The scheme on one block of columns, in working memory: inputs from row {{ input.first + 1 }}, outputs from row {{ output.first + 1 }}.
  subroutine evaluate(work32{{ ", work64" if rows["64"] }})
    !$acc routine vector
    real(real32), intent(inout) :: work32(width, {{ rows["32"] }})
{% if rows["64"] %}
    real(real64), intent(inout) :: work64(width, {{ rows["64"] }})
{% endif %}

{% for line in calls %}
    {{ line }}
{% endfor %}
  end subroutine evaluate
{% for text in procedures %}

{{ text -}}
{% endfor %}

{% if random_numbers %}
{% include "noise.f90" %}

{% endif %}
{% include "sha256.f90" %}
end module {{ name }}
