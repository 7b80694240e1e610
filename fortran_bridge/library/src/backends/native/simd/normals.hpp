// Standard normal numbers by Philox 4x32-10 and the inverse of the distribution; paramnet/noise/normal.py explains the
// formulas. Multiplications and additions are rounded separately (no fma), so that every processor gives the same bits.
#pragma once

#include "normal_coefficients.hpp"
#include "vector.hpp"

namespace paramnet::native {
namespace {

using U = Vector<double>::U;  // a word of 32 bits in each lane of 64
using I = Vector<double>::I;
constexpr std::int64_t word_lanes = lanes<double>;

struct Words {
    U word[4];
};

inline U every(std::uint64_t value) { return U{} + value; }

// Products of the low words of a with b < 2^32.
inline U product(U a, std::uint64_t b) {
#if PARAMNET_VECTOR_BYTES == 64
    return reinterpret_cast<U>(_mm512_maskz_mul_epu32(0xff, reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(every(b))));
#elif PARAMNET_VECTOR_BYTES == 32
    return reinterpret_cast<U>(_mm256_mul_epu32(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(every(b))));
#else
    return a * b;
#endif
}

inline Words philox(Words counter, std::uint32_t key_low, std::uint32_t key_high) {
    const U low_word = every(0xffffffffu);
    for (int round = 0; round < 10; ++round) {
        const U first = product(counter.word[0], 0xd2511f53u), second = product(counter.word[2], 0xcd9e8d57u);
        counter = {{(second >> 32) ^ counter.word[1] ^ every(key_low), second & low_word,
                    (first >> 32) ^ counter.word[3] ^ every(key_high), first & low_word}};
        key_low += 0x9e3779b9u;
        key_high += 0xbb67ae85u;
    }
    return counter;
}

inline D look_up(const double* table, U index) {
    D found{};
    for (std::int64_t lane = 0; lane < word_lanes; ++lane) found[lane] = table[index[lane]];
    return found;
}

inline D normal(U word) {
    constexpr std::uint64_t exact = 0x4330000000000000u;  // 2^52: integers below it are its mantissa
    const U odd = ((word & every(0x7fffffffu)) << 1) + every(1);
    const D number = reinterpret_cast<D>(odd | every(exact)) - reinterpret_cast<D>(every(exact));
    const U bits = reinterpret_cast<U>(number);
    const U octave = (bits >> 52) - every(1023);
    const D fraction =
        reinterpret_cast<D>((bits & every(0x000fffffffffffffu)) | every(0x3ff0000000000000u)) - broadcast(1.0);
    D value = look_up(normal_coefficients[7], octave);
    for (int power = 6; power >= 0; --power) value = value * fraction + look_up(normal_coefficients[power], octave);
    return reinterpret_cast<D>(reinterpret_cast<U>(value) ^ ((word >> 31) << 63));
}

void normals(const Draws& call) {
    for (std::int64_t first = 0; first < call.count; first += word_lanes) {
        const std::int64_t left = call.count - first, used = left < word_lanes ? left : word_lanes;
        U column{};
        for (std::int64_t lane = 0; lane < used; ++lane) column[lane] = static_cast<std::uint64_t>(call.columns[first + lane]);
        const U low = column & every(0xffffffffu), high = column >> 32;
        for (std::int64_t draw = 0; draw < call.draws; draw += 4) {
            const Words words =
                philox({{low, high, every(call.step), every(static_cast<std::uint64_t>(draw / 4))}}, call.seed, call.member);
            for (std::int64_t word = 0; word < 4 && draw + word < call.draws; ++word) {
                float* const to = call.out + (draw + word) * call.stride + first;
                const D value = normal(words.word[word]);
                if (used == word_lanes)
                    store_narrowed(to, value);
                else
                    for (std::int64_t lane = 0; lane < used; ++lane) to[lane] = static_cast<float>(value[lane]);
            }
        }
    }
}

}  // namespace
}  // namespace paramnet::native
