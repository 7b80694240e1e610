#include "artefact/json_reader.hpp"
#include "backends/native/native.hpp"
#include "common/error.hpp"

namespace paramnet {
namespace {

[[noreturn]] void refuse_bfloat16(const std::string& path, const std::string& expected, const std::string& got) {
    throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                {.what = "precision 'bfloat16'", .expected = expected, .got = got, .where = path,
                 .remedy = "load the scheme with precision 'float32'"});
}

// bfloat16 is allowed only if the errors that export measured on real columns are within the tolerance.
void require_bfloat16_report(const Manifest& manifest, const std::string& path, double tolerance) {
    const std::string where = path + ": paramnet.json";
    const Json document = parse_json(manifest.json, where);
    const JsonReader root(document, where, "");
    if (!root.has("checks") || !root.object("checks").has("bfloat16"))
        refuse_bfloat16(path, "the errors that export measured (checks.bfloat16)", "none");
    const JsonReader report = root.object("checks").object("bfloat16");
    for (const Variable& output : manifest.outputs) {
        if (!report.has(output.name.c_str())) refuse_bfloat16(path, "the error of " + output.name, "none");
        const double rms = report.object(output.name.c_str()).number("rms");
        if (!(rms <= tolerance))
            refuse_bfloat16(path, "errors of at most " + text(tolerance) + " standard deviations (bfloat16_tolerance)",
                            text(rms) + " in " + output.name);
    }
}

}  // namespace

std::unique_ptr<Backend> make_native_backend(const Artefact& artefact, const Manifest& manifest,
                                             const Settings& settings) {
    if (settings.precision == Precision::bfloat16)
        require_bfloat16_report(manifest, artefact.path(), settings.bfloat16_tolerance);
    return native::make_backend({artefact.text("program.json"), artefact.bytes("weights.bin"), artefact.path(),
                                 manifest.network_input_width(), manifest.network_output_width()},
                                settings);
}

}  // namespace paramnet
