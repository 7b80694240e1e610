#include "scheme/field.hpp"

#include <algorithm>
#include <cmath>

namespace paramnet {
namespace {

// A level-first array is read some columns at a time, so that its cache lines are still in cache for the next level.
constexpr std::int64_t tile = 16;

double raw(const Field& field, std::int64_t column, std::int64_t level) {
    const std::int64_t offset = column * field.column_stride + level * field.level_stride;
    if (field.kind == PARAMNET_REAL32) return static_cast<double>(static_cast<const float*>(field.data)[offset]);
    return static_cast<const double*>(field.data)[offset];
}

// host * factor = contract, at one element
double factor(const Field& field, std::int64_t column, std::int64_t level) {
    if (field.thickness_power == 0) return field.scale;
    const double thickness = element(*field.thickness, column, level);
    return field.thickness_power > 0 ? field.scale * thickness : field.scale / thickness;
}

template <typename Host, typename Real>
void pack_row(const Host* source, std::int64_t step, std::int64_t count, Host scale, Real* target) {
    if (step == 1 && scale == Host(1)) {
        for (std::int64_t column = 0; column < count; ++column) target[column] = static_cast<Real>(source[column]);
    } else if (scale == Host(1)) {
        for (std::int64_t column = 0; column < count; ++column) target[column] = static_cast<Real>(source[column * step]);
    } else {
        for (std::int64_t column = 0; column < count; ++column)
            target[column] = static_cast<Real>(source[column * step] * scale);
    }
}

template <typename Host, typename Real>
void pack_rows(const Field& field, std::int64_t first, std::int64_t count, std::int64_t stride, Real* block) {
    const auto* data = static_cast<const Host*>(field.data) + first * field.column_stride;
    const std::int64_t together = std::abs(field.level_stride) < std::abs(field.column_stride) ? tile : count;
    for (std::int64_t from = 0; from < count; from += together) {
        const std::int64_t some = std::min(together, count - from);
        for (std::int64_t level = 0; level < field.rows; ++level)
            pack_row(data + from * field.column_stride + level * field.level_stride, field.column_stride, some,
                     static_cast<Host>(field.scale), block + (field.row + level) * stride + from);
    }
}

template <typename Host, typename Real>
void unpack_row(const Real* source, std::int64_t step, std::int64_t count, Real scale, Host* target) {
    if (step == 1 && scale == Real(1)) {
        for (std::int64_t column = 0; column < count; ++column) target[column] = static_cast<Host>(source[column]);
    } else if (scale == Real(1)) {
        for (std::int64_t column = 0; column < count; ++column) target[column * step] = static_cast<Host>(source[column]);
    } else {
        for (std::int64_t column = 0; column < count; ++column)
            target[column * step] = static_cast<Host>(source[column] * scale);
    }
}

template <typename Host, typename Real>
void unpack_rows(const Field& field, std::int64_t first, std::int64_t count, std::int64_t stride, const Real* block) {
    auto* data = static_cast<Host*>(field.data) + first * field.column_stride;
    const std::int64_t together = std::abs(field.level_stride) < std::abs(field.column_stride) ? tile : count;
    for (std::int64_t from = 0; from < count; from += together) {
        const std::int64_t some = std::min(together, count - from);
        for (std::int64_t level = 0; level < field.rows; ++level)
            unpack_row(block + (field.row + level) * stride + from, field.column_stride, some,
                       static_cast<Real>(1.0 / field.scale),
                       data + from * field.column_stride + level * field.level_stride);
    }
}

template <typename Real>
void pack_one_by_one(const Field& field, std::int64_t first, std::int64_t count, std::int64_t stride, Real* block) {
    for (std::int64_t level = 0; level < field.rows; ++level)
        for (std::int64_t column = 0; column < count; ++column)
            block[(field.row + level) * stride + column] =
                static_cast<Real>(element(field, first + column, level));
}

template <typename Host, typename Real>
void unpack_one_by_one(const Field& field, std::int64_t first, std::int64_t count, std::int64_t stride,
                       const Real* block, const Real* weights) {
    for (std::int64_t level = 0; level < field.rows; ++level) {
        const Real* source = block + (field.row + level) * stride;
        for (std::int64_t column = 0; column < count; ++column) {
            const Real weight = weights == nullptr ? Real(1) : weights[column];
            if (weight == Real(0)) continue;
            const std::int64_t at = first + column;
            Host& target = static_cast<Host*>(field.data)[at * field.column_stride + level * field.level_stride];
            const double scale = factor(field, at, level);
            const double shifted = static_cast<double>(source[column]) - field.shift;
            const double value = scale == 1.0 ? shifted : shifted / scale;
            const double share = static_cast<double>(weight);
            target = static_cast<Host>(weight == Real(1) ? value
                                                         : share * value + (1.0 - share) * static_cast<double>(target));
        }
    }
}

template <typename Host, typename Real>
void add_rows_back(const Field& field, std::int64_t first, std::int64_t count, std::int64_t stride, const Real* block) {
    auto* data = static_cast<Host*>(field.data) + first * field.column_stride;
    const std::int64_t together = std::abs(field.level_stride) < std::abs(field.column_stride) ? tile : count;
    for (std::int64_t from = 0; from < count; from += together)
        for (std::int64_t level = 0; level < field.rows; ++level)
            for (std::int64_t column = from; column < std::min(from + together, count); ++column) {
                const double scale = factor(field, first + column, level);
                data[column * field.column_stride + level * field.level_stride] +=
                    static_cast<Host>(scale * static_cast<double>(block[(field.row + level) * stride + column]));
            }
}

}  // namespace

double element(const Field& field, std::int64_t column, std::int64_t level) {
    return raw(field, column, level) * factor(field, column, level) + field.shift;
}

bool alike(const Field& one, const Field& other) {
    return one.column_stride == other.column_stride && one.level_stride == other.level_stride && one.kind == other.kind &&
           one.on_device == other.on_device && one.thickness_power == other.thickness_power && one.scale == other.scale &&
           one.shift == other.shift;
}

template <typename Real>
void pack(const Field& field, std::int64_t first, std::int64_t count, std::int64_t stride, Real* block) {
    if (field.thickness_power != 0 || field.shift != 0.0) return pack_one_by_one(field, first, count, stride, block);
    if (field.kind == PARAMNET_REAL32) return pack_rows<float>(field, first, count, stride, block);
    pack_rows<double>(field, first, count, stride, block);
}

template <typename Real>
void unpack(const Field& field, std::int64_t first, std::int64_t count, std::int64_t stride, const Real* block,
            const Real* weights) {
    const bool plain = weights == nullptr && field.thickness_power == 0 && field.shift == 0.0;
    if (field.kind == PARAMNET_REAL32)
        return plain ? unpack_rows<float>(field, first, count, stride, block)
                     : unpack_one_by_one<float>(field, first, count, stride, block, weights);
    return plain ? unpack_rows<double>(field, first, count, stride, block)
                 : unpack_one_by_one<double>(field, first, count, stride, block, weights);
}

template <typename Real>
void add_back(const Field& field, std::int64_t first, std::int64_t count, std::int64_t stride, const Real* block) {
    if (field.kind == PARAMNET_REAL32) return add_rows_back<float>(field, first, count, stride, block);
    add_rows_back<double>(field, first, count, stride, block);
}

Field inverse(const Field& field) {
    Field result = field;
    result.scale = 1.0 / field.scale;
    result.thickness_power = -field.thickness_power;
    result.shift = 0.0;
    return result;
}

template void add_back<double>(const Field&, std::int64_t, std::int64_t, std::int64_t, const double*);
template void pack<float>(const Field&, std::int64_t, std::int64_t, std::int64_t, float*);
template void pack<double>(const Field&, std::int64_t, std::int64_t, std::int64_t, double*);
template void unpack<float>(const Field&, std::int64_t, std::int64_t, std::int64_t, const float*, const float*);
template void unpack<double>(const Field&, std::int64_t, std::int64_t, std::int64_t, const double*, const double*);

}  // namespace paramnet
