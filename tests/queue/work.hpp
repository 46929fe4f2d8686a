// SPDX-License-Identifier: Apache-2.0
// A piece of work with a store that may fail at every call, with a ledger of what was answered.
#pragma once

#include "ledger.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace queue {

// The same submissions and messages once more, and one of each that is new: nothing is kept twice,
// and the store works. In words what is wrong with it; what it answers goes into the ledger.
std::string repeat_everything(Queue& queue, Ledger& ledger);

// Small enough for many runs: what is above 2000 octets is a file, and the log goes into the
// database all the time.
Settings small_settings(const base::Path& folder);

class Work {
public:
    // `moment` is asked in each completion that says yes.
    explicit Work(
        base::Path folder, std::function<std::size_t()> moment = [] { return 0; }
    )
        : folder_(std::move(folder)), moment_(std::move(moment))
    {
    }
    // Opens, works, closes and opens again, whatever fails in between; closed at the end.
    void run();

    struct Answered {
        std::size_t moment = 0;
        Ledger ledger; // what must be there from then on
    };
    const std::vector<Answered>& answers() const { return answers_; }
    Ledger certain() const { return answers_.empty() ? Ledger() : answers_.back().ledger; }
    // Where the step led that was under way when the store was lost.
    const std::optional<Ledger>& doubtful() const { return doubtful_; }
    // In words what else the store holds than this; which of the two it was.
    std::string difference(Queue& queue, Ledger& was) const;
    int lost() const { return lost_; }        // how often it was said
    bool opened() const { return opened_; }   // each time
    bool started() const { return started_; } // opened the first time
    // What must not be: success after the loss, and refusals that are none.
    const std::vector<std::string>& faults() const { return faults_; }
    int refused() const { return refused_; } // steps that failed while the store went on

private:
    bool open();
    void first_day();
    void second_day();
    void enqueue(const std::string& name, bool large);
    void enqueue_in_conflict(const std::string& name);
    void accept(const std::string& name, bool large);
    void claim_and_settle();
    void settle(const Job& job);
    void prove(const std::string& name);
    void lease_and_acknowledge(std::int64_t now, std::size_t max_acknowledged);
    void acknowledge(const InboxItem& item);
    void retain(std::int64_t now);
    template <class T, class Start> base::Result<T> wait_for(Start start);
    template <class T>
    void judge(const std::string& step, const base::Result<T>& answer, Ledger predicted);

    base::Path folder_;
    std::function<std::size_t()> moment_;
    std::atomic<int> lost_ = 0;
    std::unique_ptr<Queue> queue_;
    std::size_t last_moment_ = 0;
    std::vector<Answered> answers_;
    std::optional<Ledger> doubtful_;
    bool opened_ = false;
    bool started_ = false;
    bool lost_when_answered_ = false;
    std::vector<std::string> faults_;
    int refused_ = 0;
};

} // namespace queue
