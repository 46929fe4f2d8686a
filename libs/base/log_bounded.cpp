// SPDX-License-Identifier: Apache-2.0
// One line budget per event, shared by the whole process.
#include "base/log_bounded.hpp"

#include <mutex>

namespace base {

LineBudget::Decision LineBudget::ask(std::string_view event, Clock::time_point now)
{
    auto found = events_.find(event);
    if (found == events_.end())
        found = events_.emplace(std::string(event), Minute{.begun = now}).first;
    auto& minute = found->second;
    Decision decision;
    if (now - minute.begun >= std::chrono::minutes(1)) {
        if (minute.lines > bounded_lines) decision.left_out = minute.lines - bounded_lines;
        minute = {.begun = now};
    }
    decision.write = ++minute.lines <= bounded_lines;
    return decision;
}

void log_bounded(Level level, std::string_view event, std::initializer_list<LogField> fields)
{
    static std::mutex mutex;
    static LineBudget budget;
    LineBudget::Decision decision;
    {
        const std::lock_guard lock(mutex);
        decision = budget.ask(event, LineBudget::Clock::now());
    }
    if (decision.left_out > 0)
        log(level, "suppressed",
            {{"event", std::string(event)}, {"lines", std::to_string(decision.left_out)}});
    if (decision.write) log(level, event, fields);
}

} // namespace base
