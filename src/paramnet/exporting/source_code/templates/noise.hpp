// Standard normal numbers of one column, `width` apart: words of Philox 4x32-10 (Salmon et al. 2011) with the counter
// (column, step, draw / 4) and the key (seed, member), then polynomials of the normal quantile, one for each octave.
inline void standard_normal(int draws, const double* table, std::uint32_t seed, std::uint32_t member, std::uint32_t step,
    std::uint64_t column, float* to) {
    std::uint32_t words[4] = {};
    for (int draw = 0; draw < draws; ++draw, to += width) {
        if (draw % 4 == 0) {
            std::uint32_t key[2] = {seed, member};
            const std::uint32_t counter[4] = {static_cast<std::uint32_t>(column), static_cast<std::uint32_t>(column >> 32), step,
                static_cast<std::uint32_t>(draw / 4)};
            std::memcpy(words, counter, sizeof words);
            for (int round = 0; round < 10; ++round) {
                const std::uint64_t first = std::uint64_t{words[0]} * 0xd2511f53u, second = std::uint64_t{words[2]} * 0xcd9e8d57u;
                const std::uint32_t next[4] = {static_cast<std::uint32_t>(second >> 32) ^ words[1] ^ key[0],
                    static_cast<std::uint32_t>(second), static_cast<std::uint32_t>(first >> 32) ^ words[3] ^ key[1],
                    static_cast<std::uint32_t>(first)};
                std::memcpy(words, next, sizeof words);
                key[0] += 0x9e3779b9u;
                key[1] += 0xbb67ae85u;
            }
        }
        const std::uint32_t word = words[draw % 4];
        int exponent;
        const double x = 2.0 * std::frexp(2.0 * (word & 0x7fffffffu) + 1.0, &exponent) - 1.0;
        const double* coefficients = table + 8 * (exponent - 1);
        double value = coefficients[7];
        for (int power = 6; power >= 0; --power) {
            const volatile double product = value * x;  // rounded before the sum, by every compiler
            value = product + coefficients[power];
        }
        *to = static_cast<float>(word >> 31 ? -value : value);
    }
}
