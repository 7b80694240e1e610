#include "scheme/evaluator.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <utility>

#include "scheme/thread_pool.hpp"

namespace paramnet {
namespace {

// Fewer columns than this are not worth waking a thread for.
constexpr std::int64_t fewest_columns = 32;

// Size of the blocks of `columns` for `members`: as few blocks as the backend's block size allows, the same number for
// each member, so that none waits long for another.
std::int64_t block_size(std::int64_t columns, std::int64_t members, std::int64_t largest) {
    const std::int64_t rounds = (columns + members * largest - 1) / (members * largest);
    return std::min(largest, padded((columns + members * rounds - 1) / (members * rounds)));
}

void add(Counts& sum, const Counts& part) {
    sum.nonfinite_input += part.nonfinite_input;
    sum.nonfinite_output += part.nonfinite_output;
    sum.outside_envelope += part.outside_envelope;
    sum.far_from_training += part.far_from_training;
    sum.fallen_back += part.fallen_back;
    for (std::size_t kind = 0; kind < fixer_kinds.size(); ++kind) sum.by_fixer[kind] += part.by_fixer[kind];
}

template <typename Real>
class EvaluatorOf final : public Evaluator {
public:
    EvaluatorOf(Backend& backend, const Manifest& manifest, const Envelope& envelope, const HostOptions& options, int threads)
        : backend_(backend),
          options_(options),
          manifest_(manifest),
          guard_(envelope, manifest.input_width()) {
        if (threads > 1 && backend.threads_outside()) pool_.emplace(threads);
        give_back(take(pool_ ? pool_->size() : 1));
    }

    void run(std::span<const Segment> segments, const Treatment& treatment, Totals& totals) override {
        const std::int64_t columns = segments.back().start + segments.back().columns;
        std::unique_lock<std::mutex> reserved;
        if (pool_ && columns >= 2 * fewest_columns) reserved = pool_->try_reserve();
        const std::int64_t members =
            reserved.owns_lock() ? std::min<std::int64_t>(pool_->size(), columns / fewest_columns) : 1;
        const std::int64_t largest = backend_.block_columns() > 0 ? backend_.block_columns() : columns;
        Call call{{guard_, fixers_, options_, segments, treatment}, columns, block_size(columns, members, largest)};
        call.workspaces = take(members);
        const Taken taken(*this, call.workspaces);
        if (backend_.block_columns() == 0) call.workspaces->reserve(columns);
        if (members > 1)
            pool_->run(&work, &call);
        else
            work(&call, 0);
        settle(call.workspaces, columns, totals);
    }

private:
    struct Call {
        Plan<Real> plan;
        std::int64_t columns;
        std::int64_t block;
        Workspace<Real>* workspaces = nullptr;
        std::atomic<std::int64_t> next{0};
        std::atomic<bool> failed{false};
    };

    struct Idle {
        ~Idle() {
            while (first != nullptr) delete std::exchange(first, first->next);
        }
        Workspace<Real>* first = nullptr;
    };

    class Taken {
    public:
        Taken(EvaluatorOf& owner, Workspace<Real>* list) : owner_(owner), list_(list) {}
        ~Taken() { owner_.give_back(list_); }
        Taken(const Taken&) = delete;
        Taken& operator=(const Taken&) = delete;

    private:
        EvaluatorOf& owner_;
        Workspace<Real>* list_;
    };

    // Blocks are taken one by one, so that a delayed thread delays only its own block.
    static void work(void* argument, int member) noexcept {
        Call& call = *static_cast<Call*>(argument);
        Workspace<Real>* workspace = call.workspaces;
        for (; member > 0 && workspace != nullptr; --member) workspace = workspace->next;
        if (workspace == nullptr) return;
        try {
            while (!call.failed.load(std::memory_order_relaxed)) {
                const std::int64_t begin = call.next.fetch_add(call.block, std::memory_order_relaxed);
                if (begin >= call.columns) return;
                workspace->evaluate(call.plan, begin, std::min(begin + call.block, call.columns));
            }
        } catch (...) {
            workspace->failure = std::current_exception();
            call.failed.store(true);
        }
    }

    // A list of this many workspaces; makes new ones where too few are idle.
    Workspace<Real>* take(std::int64_t wanted) {
        Workspace<Real>* list = nullptr;
        std::int64_t found = 0;
        {
            const std::lock_guard lock(mutex_);
            for (; found < wanted && idle_.first != nullptr; ++found) {
                Workspace<Real>* const one = idle_.first;
                idle_.first = one->next;
                one->next = list;
                list = one;
            }
        }
        try {
            for (; found < wanted; ++found) {
                auto* const one = new Workspace<Real>(backend_, manifest_);
                one->next = list;
                list = one;
            }
        } catch (...) {
            give_back(list);
            throw;
        }
        return list;
    }

    void give_back(Workspace<Real>* list) noexcept {
        if (list == nullptr) return;
        Workspace<Real>* last = list;
        while (last->next != nullptr) last = last->next;
        const std::lock_guard lock(mutex_);
        last->next = idle_.first;
        idle_.first = list;
    }

    // Adds up the counts of the workspaces, or rethrows the first failure.
    static void settle(Workspace<Real>* list, std::int64_t columns, Totals& totals) {
        const std::lock_guard lock(totals.mutex);
        std::exception_ptr failure;
        for (Workspace<Real>* one = list; one != nullptr; one = one->next) {
            add(totals.counts, std::exchange(one->counts, Counts{}));
            if (std::exchange(one->compared, false)) {
                totals.comparison.add(one->comparison);
                one->comparison.clear();
            }
            if (std::exception_ptr theirs = std::exchange(one->failure, nullptr)) failure = theirs;
        }
        if (failure != nullptr) std::rethrow_exception(failure);
        totals.counts.calls += 1;
        totals.counts.columns += columns;
    }

    Backend& backend_;
    const HostOptions& options_;
    const Manifest& manifest_;
    Guard<Real> guard_;
    std::optional<ThreadPool> pool_;
    std::mutex mutex_;  // of the list of idle workspaces
    Idle idle_;
};

}  // namespace

std::unique_ptr<Evaluator> make_evaluator(Backend& backend, const Manifest& manifest, const Envelope& envelope,
                                          const HostOptions& options, int threads) {
    if (backend.float64()) return std::make_unique<EvaluatorOf<double>>(backend, manifest, envelope, options, threads);
    return std::make_unique<EvaluatorOf<float>>(backend, manifest, envelope, options, threads);
}

}  // namespace paramnet
