// The scheme on `ncol` columns. Arrays are (level, column) with `stride` numbers from level to level, columns contiguous, as
// Fortran's (column, level); units are those of `variables`. `flags`: bits for each column.
{% if random_numbers %}
// Random numbers depend on seed, member, step and `columns`, the columns' numbers in the whole model, from 0.
{% endif %}
{% if limits %}
// `outside`, unless it is null: whether an input is outside its range in the training data.
{% endif %}
template <typename Real>
Status run(std::size_t ncol, std::size_t stride,
{% for one in variables %}
    {{ "const " if one.intent == "in" }}Real* {{ one.name }},
{% endfor %}
{% if states %}
    Real* state,  // ({{ states | length }}, column), which the host keeps between calls
{% endif %}
{% if random_numbers %}
    std::uint32_t seed, std::uint32_t member, std::uint32_t step, const std::int64_t* columns,
{% endif %}
    std::int32_t* flags{{ ", bool* outside = nullptr" if limits }}) {
    using detail::width;
    if (stride < ncol || (ncol > 0 && !({% for one in variables %}{{ one.name }} && {% endfor %}{{ "state && " if states }}{{ "columns && " if random_numbers }}flags))) return Status::invalid_argument;
{% if random_numbers %}
    for (std::size_t column = 0; column < ncol; ++column)
        if (columns[column] < 0) return Status::invalid_argument;
{% endif %}
    const std::ptrdiff_t blocks = static_cast<std::ptrdiff_t>((ncol + width - 1) / width);
#ifdef _OPENMP
#pragma omp parallel for schedule(static)
#endif
    for (std::ptrdiff_t block = 0; block < blocks; ++block) {
        alignas(64) float work32[{{ rows["32"] }} * width];
        alignas(64) double work64[{{ rows["64"] or 1 }} * width];
        const std::size_t first = static_cast<std::size_t>(block) * width, left = ncol - first, count = left < width ? left : width;
        // A block that is not full repeats its last column.
        const auto load = [&](const Real* from, int rows, int row) {
            for (int level = 0; level < rows; ++level) {
                const Real* numbers = from + static_cast<std::size_t>(level) * stride + first;
                float* to = work32 + (row + level) * width;
                for (std::size_t column = 0; column < count; ++column) to[column] = static_cast<float>(numbers[column]);
                for (std::size_t column = count; column < width; ++column) to[column] = to[count - 1];
            }
        };
        const auto mark = [&](int row, int rows, std::int32_t flag) {
            for (std::size_t column = 0; column < count; ++column)
                for (int level = 0; level < rows; ++level)
                    if (!detail::finite(work32[static_cast<std::size_t>(row + level) * width + column])) flags[first + column] |= flag;
        };
        const auto store = [&](Real* to, int rows, int row, bool keeps) {
            for (int level = 0; level < rows; ++level) {
                Real* numbers = to + static_cast<std::size_t>(level) * stride + first;
                const float* from = work32 + (row + level) * width;
                for (std::size_t column = 0; column < count; ++column) {
                    const bool good = flags[first + column] == 0;
                    if (good || !keeps) numbers[column] = good ? static_cast<Real>(from[column]) : Real(0);
                }
            }
        };
        std::memset(flags + first, 0, count * sizeof *flags);
{% for one in variables if one.intent == "in" %}
        load({{ one.name }}, {{ one.size }}, {{ input.first + one.offset }});
{% endfor %}
{% if states %}
        load(state, {{ states | length }}, {{ input.first + n_in }});
{% endif %}
{% if random_numbers %}
        for (std::size_t column = 0; column < width; ++column)
            detail::standard_normal({{ random_numbers }}, detail::constants_64 + {{ normal_table.first }}, seed, member, step,
                static_cast<std::uint64_t>(columns[first + (column < count ? column : count - 1)]),
                work32 + {{ input.first + n_in + states | length }} * width + column);
{% endif %}
        mark({{ input.first }}, {{ n_in + states | length }}, nonfinite_input);
{% if limits %}
        if (outside) {
            std::memset(outside + first, 0, count * sizeof *outside);
            const auto compare = [&](const Real* from, int rows, const double* lower, const double* upper) {
                for (int level = 0; level < rows; ++level) {
                    const Real* numbers = from + static_cast<std::size_t>(level) * stride + first;
                    const Real least = static_cast<Real>(lower[level]), most = static_cast<Real>(upper[level]);
                    for (std::size_t column = 0; column < count; ++column)
                        outside[first + column] |= flags[first + column] == 0 && (numbers[column] < least || numbers[column] > most);
                }
            };
{% for one in variables if one.intent == "in" %}
            compare({{ one.name }}, {{ one.size }}, detail::constants_64 + {{ limits[0].first + one.offset }},
                detail::constants_64 + {{ limits[1].first + one.offset }});
{% endfor %}
        }
{% endif %}
        detail::evaluate(work32, work64);
        mark({{ output.first }}, {{ n_out + states | length }}, nonfinite_output);
{% for one in variables if one.intent == "out" %}
        store({{ one.name }}, {{ one.size }}, {{ output.first + one.offset }}, false);
{% endfor %}
{% if states %}
        store(state, {{ states | length }}, {{ output.first + n_out }}, true);
{% endif %}
    }
    return Status::ok;
}
