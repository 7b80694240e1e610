#include "artefact/sha256.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace paramnet {
namespace {

constexpr std::size_t block_size = 64;
using State = std::array<std::uint32_t, 8>;
using Compress = void (*)(State&, const std::byte*, std::size_t blocks);

alignas(16) constexpr std::array<std::uint32_t, 64> round_constants{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

std::uint32_t big_endian(const std::byte* bytes) {
    std::uint32_t word = 0;
    for (int index = 0; index < 4; ++index) word = word << 8 | std::to_integer<std::uint32_t>(bytes[index]);
    return word;
}

void compress_portable(State& state, const std::byte* bytes, std::size_t blocks) {
    for (; blocks > 0; --blocks, bytes += block_size) {
        std::array<std::uint32_t, 64> w{};
        for (std::size_t t = 0; t < 16; ++t) w[t] = big_endian(bytes + 4 * t);
        for (std::size_t t = 16; t < 64; ++t) {
            const std::uint32_t small0 = std::rotr(w[t - 15], 7) ^ std::rotr(w[t - 15], 18) ^ (w[t - 15] >> 3);
            const std::uint32_t small1 = std::rotr(w[t - 2], 17) ^ std::rotr(w[t - 2], 19) ^ (w[t - 2] >> 10);
            w[t] = w[t - 16] + small0 + w[t - 7] + small1;
        }
        auto [a, b, c, d, e, f, g, h] = state;
        for (std::size_t t = 0; t < 64; ++t) {
            const std::uint32_t big1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
            const std::uint32_t first = h + big1 + ((e & f) ^ (~e & g)) + round_constants[t] + w[t];
            const std::uint32_t big0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
            const std::uint32_t second = big0 + ((a & b) ^ (a & c) ^ (b & c));
            h = g, g = f, f = e, e = d + first, d = c, c = b, b = a, a = first + second;
        }
        const State sums{a, b, c, d, e, f, g, h};
        for (std::size_t index = 0; index < state.size(); ++index) state[index] += sums[index];
    }
}

#if defined(__x86_64__)
bool has_sha_instructions() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (b & bit_SHA) == 0) return false;
    return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_SSE4_1) != 0 && (c & bit_SSSE3) != 0;
}

// The instructions keep the state as (a, b, e, f) and (c, d, g, h), and do four rounds with four message words.
__attribute__((target("sha,sse4.1,ssse3"))) void compress_sha(State& state, const std::byte* bytes,
                                                               std::size_t blocks) {
    const __m128i reverse = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    const auto load = [](const std::uint32_t* words) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(words)); };
    const __m128i badc = _mm_shuffle_epi32(load(state.data()), 0xB1), hgfe = _mm_shuffle_epi32(load(state.data() + 4), 0x1B);
    __m128i abef = _mm_alignr_epi8(badc, hgfe, 8), cdgh = _mm_blend_epi16(hgfe, badc, 0xF0);
    for (; blocks > 0; --blocks, bytes += block_size) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i w[4];
        for (int t = 0; t < 16; ++t) {
            __m128i& words = w[t % 4];
            if (t < 4) {
                words = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + 16 * t)), reverse);
            } else {
                const __m128i seven_back = _mm_alignr_epi8(w[(t + 3) % 4], w[(t + 2) % 4], 4);
                words = _mm_add_epi32(_mm_sha256msg1_epu32(words, w[(t + 1) % 4]), seven_back);
                words = _mm_sha256msg2_epu32(words, w[(t + 3) % 4]);
            }
            const __m128i sum = _mm_add_epi32(words, load(round_constants.data() + 4 * t));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0E));
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    const __m128i feba = _mm_shuffle_epi32(abef, 0x1B), dchg = _mm_shuffle_epi32(cdgh, 0xB1);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(state.data()), _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(state.data() + 4), _mm_alignr_epi8(dchg, feba, 8));
}
#endif

std::string digest(std::span<const std::byte> bytes, Compress compress) {
    State state{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    const std::size_t whole = bytes.size() / block_size, left = bytes.size() % block_size;
    compress(state, bytes.data(), whole);
    std::array<std::byte, 2 * block_size> tail{};
    if (left > 0) std::memcpy(tail.data(), bytes.data() + whole * block_size, left);
    tail[left] = std::byte{0x80};
    const std::size_t tail_size = left < block_size - 8 ? block_size : 2 * block_size;
    const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
    for (std::size_t index = 0; index < 8; ++index)
        tail[tail_size - 1 - index] = static_cast<std::byte>(bits >> (8 * index) & 0xFFu);
    compress(state, tail.data(), tail_size / block_size);
    std::string text;
    for (const std::uint32_t word : state)
        for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[word >> shift & 0xFu];
    return text;
}

}  // namespace

std::string sha256_portable(std::span<const std::byte> bytes) { return digest(bytes, compress_portable); }

std::string sha256(std::span<const std::byte> bytes) {
#if defined(__x86_64__)
    static const bool fast = has_sha_instructions();
    if (fast) return digest(bytes, compress_sha);
#endif
    return sha256_portable(bytes);
}

}  // namespace paramnet
