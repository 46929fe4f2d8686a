// SPDX-License-Identifier: Apache-2.0
// Tests of the table in msh/judge.cpp, row by row.
#include "msh/judge.hpp"

#include "http/errc.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

namespace {

const base::Time start = base::from_millis(1'800'000'000'000);

queue::Job job(bool outcome_unknown = false, int attempts = 0)
{
    queue::Job made;
    made.id = "j";
    made.attempts = attempts;
    made.outcome_unknown = outcome_unknown;
    made.created = start;
    made.expires = start + 1h;
    return made;
}

const pmode::Retry retry{.first = 10s, .longest = 2min, .time_to_live = 1h};

as4::Answer
peer_error(std::string code, std::string detail, bool authentic, std::string severity = "failure")
{
    ebms::Error error;
    error.code = std::move(code);
    error.detail = std::move(detail);
    error.severity = std::move(severity);
    as4::PeerError answer;
    answer.errors.push_back(std::move(error));
    answer.authentic = authentic;
    return answer;
}

queue::State judged(const base::Result<as4::Answer>& answer, bool outcome_unknown = false)
{
    return msh::judge(answer, job(outcome_unknown), retry, start).state;
}

} // namespace

TEST_CASE("a signed error that no retry can mend bounces the message", "[msh]")
{
    const auto code = GENERATE(
        "EBMS:0001", "EBMS:0003", "EBMS:0009", "EBMS:0010", "EBMS:0101", "EBMS:0102", "EBMS:0103",
        "EBMS:0303"
    );
    CHECK(judged(peer_error(code, "", true)) == queue::State::bounced);
    CHECK(judged(peer_error("EBMS:0004", "NOT_SERVICED", true)) == queue::State::bounced);
}

TEST_CASE("an unsigned error never ends a message's life", "[msh]")
{
    const auto code = GENERATE("EBMS:0004", "EBMS:0101", "EBMS:0103", "EBMS:4001");
    const auto verdict =
        msh::judge(peer_error(code, "NOT_SERVICED duplicate", false), job(true), retry, start);
    CHECK(verdict.state == queue::State::deferred);
    CHECK(verdict.outcome_unknown);
    CHECK(verdict.ebms_error == code);
}

TEST_CASE("a signed warning or a passing failure is tried again", "[msh]")
{
    CHECK(judged(peer_error("EBMS:0010", "", true, "warning")) == queue::State::deferred);
    CHECK(judged(peer_error("EBMS:0202", "", true)) == queue::State::deferred);
    CHECK(judged(peer_error("EBMS:0004", "the back end is down", true)) == queue::State::deferred);
}

TEST_CASE("a duplicate is unproven only after an attempt that may have arrived", "[msh]")
{
    CHECK(judged(peer_error("EBMS:4001", "", true), true) == queue::State::unproven);
    CHECK(
        judged(peer_error("EBMS:0004", "was already handled (this is a duplicate)", true), true) ==
        queue::State::unproven
    );
    CHECK(judged(peer_error("EBMS:4001", "", true), false) == queue::State::bounced);
    CHECK(
        judged(peer_error("EBMS:0004", "this is a duplicate", true), false) == queue::State::bounced
    );
}

TEST_CASE("whether a failed attempt may have arrived is known from where it failed", "[msh]")
{
    using http::errc;
    const auto unknown = [](errc code) {
        return msh::judge(base::Error(code), job(), retry, start).outcome_unknown;
    };
    for (const auto code :
         {errc::cannot_resolve, errc::cannot_connect, errc::tls_failed, errc::timeout_before,
          errc::broken_before})
        CHECK_FALSE(unknown(code));
    for (const auto code :
         {errc::timeout_after, errc::broken_after, errc::bad_response, errc::too_large})
        CHECK(unknown(code));
    CHECK(msh::judge(base::Error(as4::errc::receipt_unsigned), job(), retry, start).outcome_unknown
    );
}

TEST_CASE("each failure doubles the wait up to the longest", "[msh]")
{
    const auto wait = [](int attempts) {
        return *msh::judge(
                    base::Error(http::errc::cannot_connect), job(false, attempts), retry, start
               )
                    .next_try -
               start;
    };
    CHECK(wait(0) == 10s);
    CHECK(wait(1) == 20s);
    CHECK(wait(3) == 80s);
    CHECK(wait(4) == 2min);
    CHECK(wait(1000) == 2min);
}

TEST_CASE(
    "a message whose next try would pass its time to live expires with EBMS:0301",
    "[msh][AS4 3.2][TA15]"
)
{
    const auto verdict =
        msh::judge(base::Error(http::errc::cannot_connect), job(), retry, start + 1h - 5s);
    CHECK(verdict.state == queue::State::expired);
    CHECK(verdict.ebms_error == "EBMS:0301");
    CHECK_FALSE(verdict.next_try);
}
