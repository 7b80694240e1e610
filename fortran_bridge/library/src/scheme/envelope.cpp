#include "scheme/envelope.hpp"

#include <cmath>

#include "artefact/json_reader.hpp"
#include "common/error.hpp"
#include "paramnet.h"

namespace paramnet {
namespace {

// Position of `wanted` in a manifest's list of quantile levels.
std::size_t find_level(const JsonReader& section, double wanted, const char* option) {
    std::string known;
    const std::vector<double> levels = section.numbers("quantile_levels", -1);
    for (std::size_t index = 0; index < levels.size(); ++index) {
        if (std::abs(levels[index] - wanted) < 1.0e-9) return index;
        known += (known.empty() ? "" : ", ") + text(levels[index]);
    }
    throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                {.what = std::string(option), .expected = "a quantile of the scheme's (" + known + ")",
                 .got = text(wanted)});
}

std::vector<double> row_of_numbers(const JsonReader& section, const char* name, std::size_t index, std::int64_t width) {
    const Json& rows = section.at(name);
    if (!rows.is_array() || rows.array().size() <= index) section.fail(name, "a list for each level", rows.quote());
    const Json one(Json::Object{{name, rows.array()[index]}});
    return JsonReader(one, section.where(), name).numbers(name, width);
}

[[noreturn]] void absent(const char* option, const char* key) {
    throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                {.what = std::string(option), .expected = std::string(key) + " in the manifest", .got = "a scheme without it",
                 .remedy = "write it again with `paramnet export`, or leave the option at 0"});
}

Box quantile_box(const JsonReader& envelope, double quantile, std::int64_t width) {
    const JsonReader inputs = envelope.object("inputs");
    if (!inputs.has("quantiles")) absent("envelope_quantile", "envelope.inputs.quantiles");
    return {row_of_numbers(inputs, "quantiles", find_level(inputs, quantile, "envelope_quantile"), width),
            row_of_numbers(inputs, "quantiles", find_level(inputs, 1.0 - quantile, "envelope_quantile"), width)};
}

Distance read_distance(const JsonReader& section, double quantile, std::int64_t width) {
    Distance distance;
    distance.mean = section.numbers("mean", width);
    distance.inverse_std = section.numbers("inverse_std", width);
    distance.inverse_scale = section.numbers("inverse_scale", -1);
    if (distance.inverse_scale.size() > most_components)
        section.fail("inverse_scale", "at most " + std::to_string(most_components) + " numbers",
                     std::to_string(distance.inverse_scale.size()));
    for (std::size_t index = 0; index < distance.inverse_scale.size(); ++index) {
        const std::vector<double> component = row_of_numbers(section, "components", index, width);
        distance.components.insert(distance.components.end(), component.begin(), component.end());
    }
    distance.residual_inverse_scale = section.number("residual_inverse_scale");
    const std::size_t level = find_level(section, quantile, "distance_quantile");
    const std::vector<double> limits = section.numbers("quantiles", -1);
    if (level >= limits.size()) section.fail("quantiles", "a number for each level", std::to_string(limits.size()));
    distance.limit = limits[level];
    return distance;
}

void widen(Box& box, double tolerance) {
    for (std::size_t row = 0; row < box.lower.size(); ++row) {
        const double margin = tolerance * (box.upper[row] - box.lower[row]);
        box.lower[row] -= margin;
        box.upper[row] += margin;
    }
}

}  // namespace

Envelope read_envelope(const Manifest& manifest, double quantile, double tolerance, double distance_quantile) {
    Envelope result;
    if (manifest.input_range) result.box = {manifest.input_range->minimum, manifest.input_range->maximum};
    if (quantile > 0.0 || distance_quantile > 0.0) {
        const Json document = parse_json(manifest.json, manifest.name + ": paramnet.json");
        const JsonReader root(document, manifest.name + ": paramnet.json", "");
        if (!root.has("envelope")) absent("envelope_quantile, distance_quantile", "envelope");
        const JsonReader envelope = root.object("envelope");
        if (quantile > 0.0) result.box = quantile_box(envelope, quantile, manifest.input_width());
        if (distance_quantile > 0.0) {
            if (!envelope.has("distance")) absent("distance_quantile", "envelope.distance");
            result.distance = read_distance(envelope.object("distance"), distance_quantile, manifest.input_width());
            result.distance->limit *= 1.0 + tolerance;
        }
    }
    widen(result.box, tolerance);
    return result;
}

}  // namespace paramnet
