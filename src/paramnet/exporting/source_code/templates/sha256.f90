  !> SHA-256 of a file's bytes (FIPS 180-4) as 64 hexadecimal digits. 32-bit words are kept in int64, so that no sum overflows.
  pure function sha256(bytes) result(text)
    integer(int8), intent(in) :: bytes(:)
    character(len=64) :: text
    integer(int64), parameter :: mask = int(z'FFFFFFFF', int64)
    integer(int64), parameter :: factors(0:63) = [integer(int64) :: &
{{ round_constants }}]
    integer(int64) :: state(8), old(8), words(0:63), sum1, sum2, last(0:127)
    integer(int64) :: size_in_bits
    integer :: block, blocks, at, tail, length

    state = [integer(int64) :: {{ start_constants }}]
    length = size(bytes)
    tail = mod(length, 64)
    size_in_bits = 8_int64 * length
    last = 0
    last(:tail - 1) = iand(int(bytes(length - tail + 1:), int64), 255_int64)
    last(tail) = 128
    blocks = length / 64 + merge(1, 2, tail < 56)
    do at = 0, 7
      last(merge(63, 127, tail < 56) - at) = iand(ishft(size_in_bits, -8 * at), 255_int64)
    end do
    do block = 0, blocks - 1
      do at = 0, 15
        if (block < length / 64) then
          words(at) = word(iand(int(bytes(64 * block + 4 * at + 1:64 * block + 4 * at + 4), int64), 255_int64))
        else
          words(at) = word(last(64 * (block - length / 64) + 4 * at:64 * (block - length / 64) + 4 * at + 3))
        end if
      end do
      do at = 16, 63
        sum1 = ieor(ieor(turned(words(at - 15), 7), turned(words(at - 15), 18)), ishft(words(at - 15), -3))
        sum2 = ieor(ieor(turned(words(at - 2), 17), turned(words(at - 2), 19)), ishft(words(at - 2), -10))
        words(at) = iand(words(at - 16) + sum1 + words(at - 7) + sum2, mask)
      end do
      old = state
      do at = 0, 63
        sum1 = ieor(ieor(turned(state(5), 6), turned(state(5), 11)), turned(state(5), 25))
        sum1 = sum1 + state(8) + ieor(iand(state(5), state(6)), iand(ieor(state(5), mask), state(7))) + factors(at) + words(at)
        sum2 = ieor(ieor(turned(state(1), 2), turned(state(1), 13)), turned(state(1), 22))
        sum2 = sum2 + ieor(ieor(iand(state(1), state(2)), iand(state(1), state(3))), iand(state(2), state(3)))
        state = [iand(sum1 + sum2, mask), state(1:3), iand(state(4) + sum1, mask), state(5:7)]
      end do
      state = iand(state + old, mask)
    end do
    write (text, '(8z8.8)') state
  end function sha256

  pure integer(int64) function word(four)
    integer(int64), intent(in) :: four(4)

    word = ishft(four(1), 24) + ishft(four(2), 16) + ishft(four(3), 8) + four(4)
  end function word

  pure integer(int64) function turned(value, bits)
    integer(int64), intent(in) :: value
    integer, intent(in) :: bits

    turned = ior(ishft(value, -bits), iand(ishft(value, 32 - bits), int(z'FFFFFFFF', int64)))
  end function turned
