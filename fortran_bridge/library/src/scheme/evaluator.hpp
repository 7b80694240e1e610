// Host arrays -> rows -> guard -> network -> guard, fixers -> host arrays, block by block, on one thread or several.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "backends/backend.hpp"
#include "scheme/workspace.hpp"

namespace paramnet {

class Evaluator {
public:
    Evaluator() = default;
    virtual ~Evaluator() = default;
    Evaluator(const Evaluator&) = delete;
    Evaluator& operator=(const Evaluator&) = delete;

    // Evaluates the columns of all segments, whose arrays are bound and large enough, and adds the counts to `totals`.
    // May be called by several host threads at once.  Nothing is allocated after the first call (for a backend
    // without blocks: the first with this many columns; per host thread that calls at the same time).
    // Throws Error(BACKEND, DEVICE or OUT_OF_MEMORY) or std::bad_alloc, before any output is written, except when a
    // backend that takes blocks fails at one of them.
    virtual void run(std::span<const Segment> segments, const Treatment& treatment, Totals& totals) = 0;

    // Do not call while another thread is in run.
    void add_fixer(const Fixer& fixer) { fixers_.push_back(fixer); }
    bool has_fixers() const { return !fixers_.empty(); }

protected:
    std::vector<Fixer> fixers_;
};

// `backend`, `manifest` and `options` must outlive the evaluator.  threads: of one call, for backends without their own threads.
std::unique_ptr<Evaluator> make_evaluator(Backend& backend, const Manifest& manifest, const Envelope& envelope,
                                          const HostOptions& options, int threads);

}  // namespace paramnet
