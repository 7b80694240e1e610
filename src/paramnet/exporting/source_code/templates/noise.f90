  !> Standard normal numbers of one column, in row 1, 2, ... of `lane`: words of Philox 4x32-10 (Salmon et al. 2011) with the counter
  !> (column, step, draw / 4) and the key (seed, member), then polynomials of the normal quantile, one for each octave.
  subroutine standard_normal(draws, table, seed, member, step, column, lane, rows)
    !$acc routine seq
    integer(int32), intent(in) :: draws, lane
    real(real64), intent(in) :: table(0:7, 0:31)
    integer(int64), intent(in) :: seed, member, step, column
    real(real32), intent(inout) :: rows(width, *)
    integer(int64), parameter :: mask = int(z'FFFFFFFF', int64)
    integer(int64) :: words(0:3), key(2), first(2), second(2), word
    integer(int32) :: draw, round, power, octave
    real(real64) :: x, value
    real(real64), volatile :: product  ! rounded before the sum, by every compiler

    do draw = 0, draws - 1
      if (mod(draw, 4_int32) == 0) then
        words = [iand(column, mask), ishft(column, -32), step, int(draw / 4, int64)]
        key = [seed, member]
        do round = 1, 10
          first = high_and_low(words(0), int(z'D2511F53', int64))
          second = high_and_low(words(2), int(z'CD9E8D57', int64))
          words = [ieor(ieor(second(1), words(1)), key(1)), second(2), ieor(ieor(first(1), words(3)), key(2)), first(2)]
          key = iand(key + [int(z'9E3779B9', int64), int(z'BB67AE85', int64)], mask)
        end do
      end if
      word = words(mod(draw, 4_int32))
      x = real(2 * iand(word, int(z'7FFFFFFF', int64)) + 1, real64)
      octave = exponent(x) - 1
      x = 2 * fraction(x) - 1
      value = table(7, octave)
      do power = 6, 0, -1
        product = value * x
        value = product + table(power, octave)
      end do
      rows(lane, draw + 1) = real(merge(-value, value, btest(word, 31)), real32)
    end do
  end subroutine standard_normal

  !> Both words of the product of two numbers below 2**32, without an overflow of int64.
  pure function high_and_low(a, b) result(words)
    !$acc routine seq
    integer(int64), intent(in) :: a, b
    integer(int64) :: words(2), low, high

    low = iand(a, 65535_int64) * b
    high = ishft(a, -16) * b + ishft(low, -16)
    words = [ishft(high, -16), ior(ishft(iand(high, 65535_int64), 16), iand(low, 65535_int64))]
  end function high_and_low
