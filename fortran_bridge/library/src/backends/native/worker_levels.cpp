// Operations along levels: rows are in the order (level, channel).
#include <cstring>

#include "backends/native/worker.hpp"

namespace paramnet::native {
namespace {

Rows<const float> constant_rows(Rows<float> rows) { return {rows.data, rows.stride}; }

}  // namespace

// The channels of adjacent levels are adjacent rows, so that each level is a dense layer on its window.
void NativeWorker::convolution(const Operation& operation, const Dense& layer) {
    const Geometry& geometry = operation.geometry;
    const Rows<float> out = float_rows(operation.out);
    const std::int64_t levels = plan_.value(operation.out).rows / layer.outputs;
    for (std::int64_t level = 0; level < levels; ++level) {
        const std::int64_t step = level * layer.outputs;
        Rows<const float> residual{nullptr, 0};
        if (operation.residual != none) {
            const Rows<float> whole = float_rows(operation.residual);
            residual = {whole.data + step * whole.stride, whole.stride};
        }
        run_dense(layer, window(operation, layer, level * geometry.stride - geometry.padding),
                  {out.data + step * out.stride, out.stride}, residual);
    }
}

// The rows of a window that begins at level `first`: in place, or copied with zeros for levels outside.
Rows<const float> NativeWorker::window(const Operation& operation, const Dense& layer, std::int64_t first) const {
    const Geometry& geometry = operation.geometry;
    const Rows<float> in = float_rows(operation.in[0]);
    const std::int64_t channels = layer.inputs / geometry.window;
    const bool adjacent = geometry.dilation == 1 || geometry.window == 1;
    if (adjacent && first >= 0 && first + geometry.window <= geometry.levels)
        return {in.data + first * channels * in.stride, in.stride};
    float* to = level_scratch();
    for (std::int64_t tap = 0; tap < geometry.window; ++tap) {
        const std::int64_t level = first + tap * geometry.dilation;
        const bool inside = level >= 0 && level < geometry.levels;
        for (std::int64_t channel = 0; channel < channels; ++channel, to += padded_) {
            const auto bytes = static_cast<std::size_t>(padded_) * sizeof(float);
            if (inside) std::memcpy(to, in.data + (level * channels + channel) * in.stride, bytes);
            else std::memset(to, 0, bytes);
        }
    }
    return {level_scratch(), padded_};
}

void NativeWorker::normalize(const Operation& operation) {
    const Geometry& geometry = operation.geometry;
    const Constant &scale = plan_.constant(operation.scale), &shift = plan_.constant(operation.shift);
    const Normalization what{geometry.levels, scale.rows, geometry.groups, geometry.by_level,
                             static_cast<float>(geometry.epsilon), scale.as<float>(), shift.as<float>(), operation.function};
    plan_.kernels().normalize(what, constant_rows(float_rows(operation.in[0])), float_rows(operation.out), padded_);
}

void NativeWorker::attention(const Operation& operation) {
    const Geometry& geometry = operation.geometry;
    const std::int64_t channels = plan_.value(operation.out).rows / geometry.levels / geometry.groups;
    const AttentionCall call{constant_rows(float_rows(operation.in[0])), constant_rows(float_rows(operation.in[1])),
                             constant_rows(float_rows(operation.in[2])), float_rows(operation.out), padded_, level_scratch()};
    plan_.kernels().attend({geometry.levels, geometry.groups, channels, static_cast<float>(geometry.factor)}, call);
}

void NativeWorker::lstm(const Operation& operation, const Dense* layers) {
    const Geometry& geometry = operation.geometry;
    const Rows<float> in = float_rows(operation.in[0]), out = float_rows(operation.out);
    const std::int64_t width = layers[1].inputs, step = geometry.directions * width;
    const Rows<float> gates{level_scratch(), padded_}, state{level_scratch() + 4 * width * padded_, padded_};
    for (std::int64_t direction = 0; direction < geometry.directions; ++direction, layers += 2) {
        const bool backward = geometry.backward || direction == 1;
        Rows<const float> before{nullptr, out.stride};
        for (std::int64_t count = 0; count < geometry.levels; ++count) {
            const std::int64_t level = backward ? geometry.levels - 1 - count : count;
            run_dense(layers[0], {in.data + level * layers[0].inputs * in.stride, in.stride}, gates, {nullptr, 0});
            if (count > 0) run_dense(layers[1], before, gates, constant_rows(gates));
            const Rows<float> made{out.data + (level * step + direction * width) * out.stride, out.stride};
            plan_.kernels().lstm({constant_rows(gates), state, made, count == 0}, {width, padded_});
            before = constant_rows(made);
        }
    }
}

}  // namespace paramnet::native
