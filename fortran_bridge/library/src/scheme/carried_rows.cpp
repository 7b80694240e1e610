#include "scheme/carried_rows.hpp"

#include <algorithm>

namespace paramnet {

template <typename Real>
void fill_carried(const Manifest& manifest, const native::Kernels& kernels, const NoiseKey& key, const Carried* carried,
                  std::int64_t first, std::int64_t count, std::int64_t stride, float* random, Real* rows) {
    std::int64_t row = 0;
    for (const StateVariable& variable : manifest.state)
        for (const float value : variable.start) {
            if (carried == nullptr)
                std::fill_n(rows, count, static_cast<Real>(value));
            else
                std::copy_n(carried->old_state(row) + first, count, rows);
            ++row;
            rows += stride;
        }
    if (carried == nullptr || !key.on) {
        for (std::int64_t number = 0; number < manifest.random_numbers; ++number) std::fill_n(rows + number * stride, count, Real(0));
        return;
    }
    kernels.normals({key.seed, key.member, static_cast<std::uint32_t>(key.step), carried->numbers() + first, count,
                     manifest.random_numbers, random, stride});
    for (std::int64_t number = 0; number < manifest.random_numbers; ++number)
        std::copy_n(random + number * stride, count, rows + number * stride);
}

template void fill_carried<float>(const Manifest&, const native::Kernels&, const NoiseKey&, const Carried*, std::int64_t, std::int64_t,
                                  std::int64_t, float*, float*);
template void fill_carried<double>(const Manifest&, const native::Kernels&, const NoiseKey&, const Carried*, std::int64_t, std::int64_t,
                                   std::int64_t, float*, double*);

}  // namespace paramnet
