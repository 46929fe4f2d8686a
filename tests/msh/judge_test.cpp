// SPDX-License-Identifier: Apache-2.0
// Tests of the table in msh/judge.cpp, row by row.
#include "msh/judge.hpp"

#include "http/errc.hpp"
#include "msh/errc.hpp"
#include "queue/errc.hpp"
#include "support/exchange.hpp"

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

pmode::PMode agreed(pmode::ReplyPattern reply = pmode::ReplyPattern::response)
{
    pmode::PMode pmode;
    pmode.retry = {.first = 10s, .longest = 2min, .jitter = 0, .time_to_live = 1h};
    pmode.receipt_reply = reply;
    pmode.receipt_timeout = 5min;
    return pmode;
}

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

msh::Verdict
judge(base::Result<as4::Answer> answer, const queue::Job& of = job(), base::Time now = start)
{
    return msh::judge({std::move(answer), 200, {}}, of, agreed(), now);
}

queue::State judged(base::Result<as4::Answer> answer, bool outcome_unknown = false)
{
    return judge(std::move(answer), job(outcome_unknown)).state;
}

as4::Answer both(as4::Answer one, const as4::Answer& other)
{
    auto& errors = std::get<as4::PeerError>(one).errors;
    for (const auto& error : std::get<as4::PeerError>(other).errors)
        errors.push_back(error);
    return one;
}

} // namespace

TEST_CASE("each code that a peer can sign is permanent or is tried again", "[msh][EBMS 6.7]")
{
    using queue::State;
    const auto [code, state] = GENERATE(table<std::string, State>({
        {"EBMS:0001", State::bounced},  {"EBMS:0002", State::bounced},
        {"EBMS:0003", State::bounced},  {"EBMS:0004", State::deferred},
        {"EBMS:0005", State::deferred}, {"EBMS:0006", State::deferred},
        {"EBMS:0007", State::bounced},  {"EBMS:0008", State::bounced},
        {"EBMS:0009", State::bounced},  {"EBMS:0010", State::bounced},
        {"EBMS:0011", State::bounced},  {"EBMS:0020", State::deferred},
        {"EBMS:0021", State::deferred}, {"EBMS:0022", State::deferred},
        {"EBMS:0023", State::deferred}, {"EBMS:0030", State::bounced},
        {"EBMS:0031", State::deferred}, {"EBMS:0040", State::bounced},
        {"EBMS:0041", State::bounced},  {"EBMS:0042", State::bounced},
        {"EBMS:0043", State::bounced},  {"EBMS:0044", State::bounced},
        {"EBMS:0045", State::bounced},  {"EBMS:0046", State::bounced},
        {"EBMS:0047", State::bounced},  {"EBMS:0048", State::bounced},
        {"EBMS:0049", State::bounced},  {"EBMS:0050", State::bounced},
        {"EBMS:0051", State::deferred}, {"EBMS:0052", State::bounced},
        {"EBMS:0053", State::bounced},  {"EBMS:0054", State::deferred},
        {"EBMS:0055", State::bounced},  {"EBMS:0060", State::deferred},
        {"EBMS:0101", State::bounced},  {"EBMS:0102", State::bounced},
        {"EBMS:0103", State::bounced},  {"EBMS:0201", State::deferred},
        {"EBMS:0202", State::deferred}, {"EBMS:0301", State::deferred},
        {"EBMS:0302", State::deferred}, {"EBMS:0303", State::bounced},
        {"EBMS:4001", State::bounced},  {"EBMS:9999", State::deferred},
        {"own:1", State::deferred},
    }));
    INFO(code);
    CHECK(judged(peer_error(code, "", true)) == state);
    // Never by an unsigned one, never by a warning, whatever the code.
    CHECK(judged(peer_error(code, "", false)) == State::deferred);
    CHECK(judged(peer_error(code, "", true, "Warning"), true) == State::deferred);
    // "error" and "fatal" are failures like "failure" [EBMS 6.2.5].
    for (const auto* severity : {"Failure", "error", "fatal", "whatever"})
        CHECK(judged(peer_error(code, "", true, severity)) == state);
}

TEST_CASE("what EBMS:0004 means is in its text", "[msh][DIGG TP-AS4 2.5]")
{
    using queue::State;
    CHECK(judged(peer_error("EBMS:0004", "NOT_SERVICED", true)) == State::bounced);
    CHECK(judged(peer_error("EBMS:0004", "Not_Serviced here", true)) == State::bounced);
    CHECK(judged(peer_error("EBMS:0004", "the back end is down", true)) == State::deferred);
    const auto other_content = as4::error_answer(base::Error(as4::errc::conflicting_repeat)).detail;
    CHECK(judged(peer_error("EBMS:0004", other_content, true), true) == State::bounced);
    const auto too_large = peer_error("EBMS:0004", "message over the size limit", true);
    CHECK(msh::judge({too_large, 413, {}}, job(), agreed(), start).state == State::bounced);
    CHECK(msh::judge({too_large, 500, {}}, job(), agreed(), start).state == State::deferred);
}

TEST_CASE("of several errors a permanent failure decides, wherever it stands", "[msh]")
{
    const auto passing = peer_error("EBMS:0202", "later", true);
    const auto warning = peer_error("EBMS:0010", "", true, "warning");
    const auto permanent = peer_error("EBMS:0303", "broken", true);
    const auto duplicate = peer_error("EBMS:4001", "", true);
    using queue::State;
    CHECK(judged(both(passing, permanent)) == State::bounced);
    CHECK(judged(both(permanent, passing)) == State::bounced);
    CHECK(judged(both(passing, warning)) == State::deferred);
    CHECK(judged(both(warning, duplicate), true) == State::unproven);
    CHECK(judged(both(duplicate, permanent), true) == State::bounced);
    const auto verdict = judge(both(passing, permanent));
    CHECK(verdict.ebms_error == "EBMS:0303"); // the one that decided
    CHECK(judge(both(warning, passing)).ebms_error == "EBMS:0202");
    CHECK_FALSE(judge(both(warning, passing)).outcome_unknown); // a failure is what it met
    CHECK(judge(both(warning, warning)).outcome_unknown);
    CHECK(verdict.error.find("EBMS:0202") != std::string::npos);
    CHECK(verdict.error.find("EBMS:0303") != std::string::npos);
    auto many = passing;
    for (int i = 0; i < 100; ++i)
        many = both(many, peer_error("EBMS:0202", std::string(100, 'x'), true));
    CHECK(judge(many).error.size() <= 1000);
}

TEST_CASE("an unsigned error never ends a message's life", "[msh]")
{
    const auto code = GENERATE("EBMS:0004", "EBMS:0101", "EBMS:0103", "EBMS:4001");
    const auto verdict = judge(peer_error(code, "NOT_SERVICED duplicate", false), job(true));
    CHECK(verdict.error.find("unsigned: " + std::string(code)) == 0);
    CHECK(verdict.state == queue::State::deferred);
    CHECK(verdict.outcome_unknown);
    CHECK(verdict.ebms_error == code);
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
    const auto unknown = [](errc code) { return judge(base::Error(code)).outcome_unknown; };
    for (const auto code :
         {errc::cannot_resolve, errc::cannot_connect, errc::tls_failed, errc::server_certificate,
          errc::certificate_refused, errc::own_certificate_invalid, errc::certificate_demanded,
          errc::proxy_refused, errc::timeout_before, errc::broken_before})
        CHECK_FALSE(unknown(code));
    for (const auto code :
         {errc::timeout_after, errc::broken_after, errc::bad_response, errc::too_large})
        CHECK(unknown(code));
    for (const auto code :
         {as4::errc::receipt_unsigned, as4::errc::answer_unreadable, as4::errc::answer_empty})
        CHECK(judge(base::Error(code)).outcome_unknown);
}

TEST_CASE("each failure doubles the wait up to the longest", "[msh]")
{
    const auto wait = [](int attempts) {
        return *judge(base::Error(http::errc::cannot_connect), job(false, attempts)).next_try -
               start;
    };
    CHECK(wait(0) == 10s);
    CHECK(wait(1) == 20s);
    CHECK(wait(3) == 80s);
    CHECK(wait(4) == 2min);
    CHECK(wait(1000) == 2min);
}

TEST_CASE("what is held counts no attempt, and each wait is as long as all before", "[msh]")
{
    const auto held = [](base::Time now, std::optional<base::Time> passes = {}) {
        msh::Outcome outcome{base::Error(msh::errc::certificate_invalid, "why"), 0, {}};
        outcome.passes = passes;
        return msh::judge(outcome, job(), agreed(), now);
    };
    const auto wait = [&](base::Duration age) { return *held(start + age).next_try - start - age; };
    CHECK(wait(0s) == 10s);
    CHECK(wait(10s) == 10s);
    CHECK(wait(30s) == 30s);
    CHECK(wait(10min) == 2min);
    CHECK(wait(1h - 1s) == 1s); // then it expires
    CHECK(held(start, start + 3s).next_try == start + 3s);
    CHECK(held(start, start + 1h).next_try == start + 10s);
    CHECK_FALSE(held(start).counted);
    CHECK_FALSE(held(start).destination_failed);
    CHECK_FALSE(held(start).outcome_unknown);
    // However few attempts the P-Mode allows, none was made.
    auto few = agreed();
    few.retry.attempts = 1;
    const msh::Outcome outcome{base::Error(msh::errc::certificate_invalid), 0, {}};
    CHECK(msh::judge(outcome, job(), few, start).state == queue::State::deferred);
}

TEST_CASE("messages that met the same at the same time come back at times of their own", "[msh]")
{
    auto mode = agreed();
    mode.retry.jitter = 0.5;
    const auto next = [&](std::string id, std::optional<base::Duration> asked) {
        auto of = job();
        of.id = std::move(id);
        const msh::Outcome outcome{base::Error(as4::errc::answer_empty), 503, asked};
        return *msh::judge(outcome, of, mode, start).next_try - start;
    };
    CHECK(next("one", {}) != next("two", {}));
    CHECK(next("one", {}) == next("one", {}));
    CHECK(next("one", {}) <= 10s);
    CHECK(next("one", 30s) != next("two", 30s));
    CHECK(next("one", 30s) >= 30s);
}

TEST_CASE(
    "when the attempts are used up the message expires with EBMS:0301", "[msh][AS4 3.2][TA15]"
)
{
    auto mode = agreed();
    mode.retry.attempts = 3;
    const auto after = [&](int before, base::Result<as4::Answer> answer) {
        return msh::judge({std::move(answer), 200, {}}, job(false, before), mode, start);
    };
    const base::Error down(http::errc::cannot_connect);
    CHECK(after(1, down).state == queue::State::deferred);
    const auto last = after(2, down);
    CHECK(last.state == queue::State::expired);
    CHECK(last.ebms_error == "EBMS:0301");
    CHECK(last.destination_failed);
    // What ends a message otherwise does so at the last attempt too.
    CHECK(after(2, peer_error("EBMS:0101", "", true)).state == queue::State::bounced);
    CHECK(after(2, peer_error("EBMS:0202", "", true)).ebms_error == "EBMS:0202");

    CHECK(msh::may_try(job(false, 2), mode.retry, start));
    CHECK_FALSE(msh::may_try(job(false, 3), mode.retry, start));
    CHECK_FALSE(msh::may_try(job(false, 0), mode.retry, start + 1h));
    // With callback the receipt for the last attempt gets its time, and no attempt follows.
    mode.receipt_reply = pmode::ReplyPattern::callback;
    const auto waits = after(2, base::Error(as4::errc::answer_empty));
    CHECK(waits.state == queue::State::deferred);
    CHECK(waits.next_try == start + 5min);
    const msh::Outcome none{base::Error(as4::errc::answer_empty, "no try was left"), 0, {}};
    CHECK(msh::judge(none, job(false, 3), mode, start).state == queue::State::expired);
}

TEST_CASE(
    "a message whose next try would pass its time to live expires with EBMS:0301",
    "[msh][AS4 3.2][TA15]"
)
{
    const auto verdict = judge(base::Error(http::errc::cannot_connect), job(), start + 1h - 5s);
    CHECK(verdict.state == queue::State::expired);
    CHECK(verdict.ebms_error == "EBMS:0301");
    CHECK(verdict.error.find("EBMS:0301 MissingReceipt: ") == 0);
    CHECK_FALSE(verdict.next_try);
    // The peer's own code stays, and the text has both.
    const auto told = judge(peer_error("EBMS:0202", "", true), job(), start + 1h - 5s);
    CHECK(told.ebms_error == "EBMS:0202");
    CHECK(told.error.find("EBMS:0301 MissingReceipt: EBMS:0202") == 0);
}

TEST_CASE("a proven receipt is a delivery whatever the HTTP status", "[msh][TA21][TA22]")
{
    const support::Exchange both;
    as4::ReceiptProof proof{"r@b", both.b.signer.certificate(), "soap"};
    for (const int status : {200, 202, 400, 500, 503})
        CHECK(
            msh::judge({as4::Answer(proof), status, 1h}, job(), agreed(), start).state ==
            queue::State::delivered
        );
}

TEST_CASE("a peer that asks for time gets it, up to the longest wait of ours", "[msh][RFC 9110]")
{
    const auto wait = [](std::optional<base::Duration> asked) {
        const msh::Outcome outcome{base::Error(as4::errc::answer_empty), 503, asked};
        const auto verdict = msh::judge(outcome, job(), agreed(), start);
        CHECK(verdict.error.find("HTTP 503: ") == 0);
        return *verdict.next_try - start;
    };
    CHECK(wait({}) == 10s);
    CHECK(wait(1s) == 10s);
    CHECK(wait(30s) == 30s);
    CHECK(wait(24h) == 2min);
}

TEST_CASE("with callback an empty 2xx waits for the receipt", "[msh][AS4 5.1.8]")
{
    const auto callback = agreed(pmode::ReplyPattern::callback);
    const auto judged_at = [&](int status, as4::errc code, base::Time now) {
        return msh::judge({base::Error(code), status, {}}, job(), callback, now);
    };
    const auto waits = judged_at(202, as4::errc::answer_empty, start);
    CHECK(waits.state == queue::State::deferred);
    CHECK(waits.next_try == start + 5min);
    CHECK(waits.outcome_unknown);
    CHECK(waits.error == "waiting for the receipt");
    // It gets all the time there is, and then the message expires.
    CHECK(judged_at(200, as4::errc::answer_empty, start + 58min).next_try == start + 1h);
    const auto over = judged_at(200, as4::errc::answer_empty, start + 1h);
    CHECK(over.state == queue::State::expired);
    CHECK(over.ebms_error == "EBMS:0301");
    // Anything else is what it is without callback.
    CHECK(judged_at(500, as4::errc::answer_empty, start).next_try == start + 10s);
    CHECK(judged_at(200, as4::errc::answer_unreadable, start).next_try == start + 10s);
    CHECK(
        msh::judge({base::Error(as4::errc::answer_empty), 200, {}}, job(), agreed(), start)
            .next_try == start + 10s
    );
}

TEST_CASE("while the clock is in doubt no attempt counts and none is the last", "[msh]")
{
    auto pmode = agreed();
    pmode.retry.attempts = 4;
    const auto judged_at = [&](msh::Outcome outcome, base::Time now) {
        return msh::judge(outcome, job(false, 3), pmode, now, true);
    };
    const msh::Outcome refused{base::Error(http::errc::certificate_refused), 0, {}};
    const msh::Outcome untrusted{base::Error(as4::errc::receipt_signer), 200, {}};
    CHECK(msh::judge(refused, job(false, 3), pmode, start).state == queue::State::expired);
    for (const auto& met : {refused, untrusted}) {
        const auto verdict = judged_at(met, start);
        CHECK(verdict.state == queue::State::deferred);
        CHECK_FALSE(verdict.counted);
        CHECK(verdict.outcome_unknown == (met.http_status == 200));
        CHECK(verdict.error.find("not counted: the clock is in doubt") != std::string::npos);
        CHECK(*verdict.next_try > start);
        // What is left of its time is the message's, and then it ends.
        CHECK(judged_at(met, start + 1h - 1ms).next_try == start + 1h);
        CHECK(judged_at(met, start + 1h).state == queue::State::expired);
    }
    // A receipt has its time to come, and what ends a message by its word ends it.
    pmode.receipt_reply = pmode::ReplyPattern::callback;
    const auto awaited = judged_at({base::Error(as4::errc::answer_empty), 202, {}}, start);
    CHECK(awaited.next_try == start + 5min);
    CHECK_FALSE(awaited.counted);
    const auto bounced = judged_at({peer_error("EBMS:0103", "", true), 400, {}}, start);
    CHECK(bounced.state == queue::State::bounced);
    CHECK(bounced.counted);
    // Where attempts have no number they are recorded as ever.
    pmode.retry.attempts = 0;
    CHECK(judged_at(refused, start).counted);
}

TEST_CASE("what this machine lacks for now uses up no attempt, and a lost payload does", "[msh]")
{
    using queue::State;
    auto pmode = agreed();
    pmode.retry.attempts = 1;
    const auto judged_with = [&](base::Error error, base::Time now) {
        return msh::judge({std::move(error), 0, {}}, job(), pmode, now);
    };
    const auto passing = GENERATE(
        base::Error(queue::errc::locked), base::Error(queue::errc::unavailable),
        base::Error(queue::errc::stopped), base::Error(base::errc::no_resources),
        base::Error(base::errc::not_permitted), base::Error(base::errc::disk_full)
    );
    const auto spared = judged_with(passing, start);
    CHECK(spared.state == State::deferred);
    CHECK_FALSE(spared.counted);
    CHECK(judged_with(passing, start + 2h).state == State::expired); // the time to live is the end
    const auto lost = judged_with(base::Error(queue::errc::payload_lost, "the file"), start);
    CHECK(lost.state == State::expired);
    CHECK(lost.error.find("the file") != std::string::npos);
}
