// SPDX-License-Identifier: Apache-2.0
// Strangers fill no disk by way of the log.
#include "base/log_bounded.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

TEST_CASE(
    "of one event so many lines a minute are written, and the rest is told as a number", "[base]"
)
{
    base::LineBudget budget;
    const base::LineBudget::Clock::time_point start{};
    for (std::uint64_t i = 0; i < base::bounded_lines; ++i)
        CHECK(budget.ask("refused", start + 1s).write);
    for (int i = 0; i < 1000; ++i)
        CHECK_FALSE(budget.ask("refused", start + 60s).write);
    CHECK(budget.ask("other", start + 60s).write); // each event by itself
    const auto later = budget.ask("refused", start + 61s);
    CHECK(later.write);
    CHECK(later.left_out == 1000);
    CHECK(budget.ask("refused", start + 62s).left_out == 0); // told once
}
