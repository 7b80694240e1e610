#include "common/log.hpp"

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <set>
#include <string_view>

namespace paramnet {
namespace {

struct Lines {
    const char* kind;
    std::size_t most;
    std::mutex mutex{};
    std::set<std::string> written{};
};

bool is_wanted() {
    const char* const wish = std::getenv("PARAMNET_LOG");
    if (wish != nullptr && std::string_view(wish) == "0") return false;
    for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "MV2_COMM_WORLD_RANK", "SLURM_PROCID"})
        if (const char* rank = std::getenv(name)) return std::string_view(rank) == "0";
    return true;
}

void write_once(Lines& lines, const std::string& line) {
    const std::lock_guard lock(lines.mutex);
    if (!is_wanted() || lines.written.size() >= lines.most || !lines.written.insert(line).second) return;
    std::fprintf(stderr, "paramnet: %s\n", line.c_str());
    if (lines.written.size() == lines.most)
        std::fprintf(stderr, "paramnet: %zu %s written; this process writes no more of them\n", lines.most, lines.kind);
}

}  // namespace

void log_once(const std::string& line) {
    static Lines messages{"messages", 64};
    write_once(messages, line);
}

void warn_once(const std::string& line) {
    static Lines warnings{"warnings", 1000};
    write_once(warnings, line);
}

}  // namespace paramnet
