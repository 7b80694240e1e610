#include "capi/options.hpp"

#include <cmath>
#include <string>

#include "capi/support.hpp"

namespace paramnet {
namespace {

constexpr std::int32_t most_threads = 1024;
constexpr std::int32_t all_flags = nonfinite_flags | PARAMNET_FLAG_OUTSIDE_ENVELOPE | PARAMNET_FLAG_FAR_FROM_TRAINING;

[[noreturn]] void refuse(const std::string& option, const std::string& expected, const std::string& got) {
    throw Error(PARAMNET_STATUS_INVALID_ARGUMENT, {.what = option, .expected = expected, .got = got});
}

// The size reveals a host built with another header; a later library can still accept today's size.
const paramnet_options& complete(const paramnet_options& options) {
    if (options.struct_size != sizeof(paramnet_options))
        refuse("options.struct_size", std::to_string(sizeof(paramnet_options)),
               std::to_string(options.struct_size) +
                   "; call paramnet_options_init first, and build the host with this library's header");
    return options;
}

double finite_and_not_negative(double value, const char* name) {
    if (!(value >= 0.0) || std::isinf(value)) refuse(name, "a finite number of 0 or more", text(value));
    return value;
}

Precision precision(const std::string& name) {
    if (name == "float32") return Precision::float32;
    if (name == "float64") return Precision::float64;
    if (name == "bfloat16") return Precision::bfloat16;
    refuse("precision", "'float32', 'float64' or 'bfloat16'", "'" + name + "'");
}

HostOptions host_options(const paramnet_options& options) {
    HostOptions host;
    const std::string fallback = word(options.fallback, "options.fallback");
    if (fallback != "zero" && fallback != "keep") refuse("fallback", "'zero' or 'keep'", "'" + fallback + "'");
    host.fallback_keeps = fallback == "keep";
    if ((options.fallback_flags & ~all_flags) != 0)
        refuse("fallback_flags", "a sum of PARAMNET_FLAG_*", std::to_string(options.fallback_flags));
    host.fallback_flags = options.fallback_flags | nonfinite_flags;
    host.envelope_quantile = options.envelope_quantile;
    if (!(host.envelope_quantile >= 0.0 && host.envelope_quantile < 0.5))
        refuse("envelope_quantile", "0 (minimum and maximum) or more, below 0.5", text(host.envelope_quantile));
    host.distance_quantile = options.distance_quantile;
    if (!(host.distance_quantile >= 0.0 && host.distance_quantile <= 1.0))
        refuse("distance_quantile", "0 (off) to 1", text(host.distance_quantile));
    host.strict = yes_or_no(options.strict, "options.strict");
    return host;
}

}  // namespace

paramnet_options default_options() {
    paramnet_options options{};
    options.struct_size = sizeof(paramnet_options);
    options.device = "cpu";
    options.backend = "auto";
    options.precision = "float32";
    options.fallback = "zero";
    options.bfloat16_tolerance = Settings{}.bfloat16_tolerance;
    options.fallback_flags = nonfinite_flags;
    options.strict = 1;
    options.threads = 1;
    return options;
}

LoadOptions load_options(const paramnet_options* given) {
    const paramnet_options options = given == nullptr ? default_options() : complete(*given);
    LoadOptions result{{}, host_options(options)};
    Settings& settings = result.settings;
    settings.device = word(options.device, "options.device");
    settings.backend = word(options.backend, "options.backend");
    settings.precision = precision(word(options.precision, "options.precision"));
    if (options.threads < 1 || options.threads > most_threads)
        refuse("threads", options.threads < 1 ? "1 or more" : "at most " + std::to_string(most_threads),
               std::to_string(options.threads));
    settings.threads = options.threads;
    settings.trust = yes_or_no(options.trust, "options.trust");
    settings.envelope_tolerance = finite_and_not_negative(options.envelope_tolerance, "envelope_tolerance");
    settings.bfloat16_tolerance = finite_and_not_negative(options.bfloat16_tolerance, "bfloat16_tolerance");
    return result;
}

}  // namespace paramnet
