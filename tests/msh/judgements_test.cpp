// SPDX-License-Identifier: Apache-2.0
// The table that the manual prints is what judge() does: each row is met by an outcome made for it.
#include "msh/judgements.hpp"

#include "http/errc.hpp"
#include "msh/errc.hpp"
#include "msh/judge.hpp"
#include "support/exchange.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace std::chrono_literals;
using msh::AttemptResult;

namespace {

const base::Time start = base::from_millis(1'800'000'000'000);

as4::Answer error_answer(std::string code, bool authentic, std::string severity = "failure")
{
    ebms::Error error;
    error.code = std::move(code);
    error.severity = std::move(severity);
    as4::PeerError answer;
    answer.errors.push_back(std::move(error));
    answer.authentic = authentic;
    return answer;
}

struct Sample {
    AttemptResult met;
    base::Result<as4::Answer> answer;
    int http_status;
    bool unknown_before = false;
    bool callback = false;
};

std::vector<Sample> samples()
{
    const support::Exchange both;
    const as4::ReceiptProof proof{"r@b", both.b.signer.certificate(), "soap"};
    std::vector<Sample> all{
        {AttemptResult::receipt, as4::Answer(proof), 200},
        {AttemptResult::receipt, as4::Answer(proof), 503},
        {AttemptResult::refusal, error_answer("EBMS:0101", true), 200},
        {AttemptResult::refusal, error_answer("EBMS:0101", true), 503
        }, // a signed word beats the status
        {AttemptResult::known_already, error_answer("EBMS:4001", true), 200, true},
        {AttemptResult::known_as_another, error_answer("EBMS:4001", true), 200, false},
        {AttemptResult::signed_error, error_answer("EBMS:0202", true), 200},
        {AttemptResult::signed_error, error_answer("EBMS:0202", true), 503},
        {AttemptResult::warned, error_answer("EBMS:0101", true, "warning"), 200},
        {AttemptResult::warned, error_answer("EBMS:4001", true, "Warning"), 503, true},
        {AttemptResult::awaited, error_answer("EBMS:0101", true, "warning"), 200, false, true},
        {AttemptResult::awaited, error_answer("EBMS:0101", false, "warning"), 202, false, true},
        {AttemptResult::signed_error, error_answer("EBMS:0202", true), 202, false, true},
        {AttemptResult::warned, error_answer("EBMS:0101", true, "warning"), 500, false, true},
        {AttemptResult::unsigned_error, error_answer("EBMS:0101", false, "warning"), 200},
        {AttemptResult::unsigned_error, error_answer("EBMS:0101", false), 200},
        {AttemptResult::unsigned_error, error_answer("EBMS:0101", false), 400},
        {AttemptResult::unsigned_failure, error_answer("EBMS:0004", false), 500},
        {AttemptResult::unsigned_failure, error_answer("EBMS:0004", false), 429},
        {AttemptResult::awaited, base::Error(as4::errc::answer_empty), 202, false, true},
        {AttemptResult::no_proof, base::Error(as4::errc::answer_empty), 202},
        {AttemptResult::no_proof, base::Error(as4::errc::answer_unreadable), 200},
        {AttemptResult::held, base::Error(msh::errc::certificate_invalid), 0},
        {AttemptResult::own_trouble, base::Error(as4::errc::not_encrypted), 0},
        {AttemptResult::own_trouble, base::Error(pmode::errc::unknown_peer), 0}
    };
    using Proof = as4::errc;
    for (const auto code :
         {Proof::receipt_unsigned, Proof::receipt_signer, Proof::receipt_signer_untrusted,
          Proof::receipt_signer_untimely, Proof::receipt_signer_unfit, Proof::receipt_signature,
          Proof::receipt_reference}) {
        all.push_back({AttemptResult::no_proof, base::Error(code), 200});
        all.push_back({AttemptResult::no_proof, base::Error(code), 500}
        ); // about this message all the same
    }
    for (const int status : {400, 413, 415, 422})
        all.push_back({AttemptResult::no_proof, base::Error(as4::errc::answer_unreadable), status});
    for (const int status : {301, 401, 403, 404, 405, 407, 408, 410, 429, 500, 502, 503, 504, 599})
        all.push_back(
            {AttemptResult::server_failure, base::Error(as4::errc::answer_unreadable), status}
        );
    using http::errc;
    for (const auto code :
         {errc::timeout_after, errc::broken_after, errc::bad_response, errc::too_large})
        all.push_back({AttemptResult::no_answer, base::Error(code), 0});
    for (const auto code :
         {errc::cannot_resolve, errc::cannot_connect, errc::tls_failed, errc::server_certificate,
          errc::certificate_refused, errc::own_certificate_invalid, errc::certificate_demanded,
          errc::proxy_refused, errc::timeout_before, errc::broken_before})
        all.push_back({AttemptResult::not_reached, base::Error(code), 0});
    for (const auto code : {errc::bad_url, errc::source_failed, errc::closed})
        all.push_back({AttemptResult::own_trouble, base::Error(code), 0});
    return all;
}

std::size_t rows_of(const std::string& text)
{
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

} // namespace

TEST_CASE("every row of the table is met, and judge() does what it says", "[msh]")
{
    std::set<AttemptResult> met;
    for (const auto& sample : samples()) {
        const auto& row = msh::judgement(sample.met);
        INFO(row.came_back << ", HTTP " << sample.http_status);
        queue::Job job;
        job.outcome_unknown = sample.unknown_before;
        job.expires = start + 24h;
        pmode::PMode mode;
        if (sample.callback) mode.receipt_reply = pmode::ReplyPattern::callback;
        const auto verdict = msh::judge({sample.answer, sample.http_status, {}}, job, mode, start);
        CHECK(verdict.state == row.state);
        CHECK(verdict.outcome_unknown == row.outcome_unknown);
        CHECK(verdict.destination_failed == row.destination_failed);
        CHECK(verdict.next_try.has_value() == (row.state == queue::State::deferred));
        met.insert(sample.met);
    }
    CHECK(met.size() == msh::judgements().size());
}

TEST_CASE("each row stands once, in the order it is looked for", "[msh]")
{
    std::set<AttemptResult> met;
    for (const auto& row : msh::judgements()) {
        CHECK(met.insert(row.result).second);
        CHECK(&msh::judgement(row.result) == &row);
    }
    for (int i = 0; i <= static_cast<int>(AttemptResult::own_trouble); ++i)
        CHECK(met.contains(static_cast<AttemptResult>(i)));
    std::set<std::string_view> codes;
    for (const auto& row : msh::code_meanings())
        CHECK(codes.insert(row.code).second);
}

TEST_CASE("a row is not changed by accident: what each says stands here once more", "[msh]")
{
    using queue::State;
    const auto [met, state, unknown, failed] = GENERATE(table<AttemptResult, State, bool, bool>({
        {AttemptResult::receipt, State::delivered, false, false},
        {AttemptResult::refusal, State::bounced, false, false},
        {AttemptResult::known_already, State::unproven, false, false},
        {AttemptResult::known_as_another, State::bounced, false, false},
        {AttemptResult::signed_error, State::deferred, false, false},
        {AttemptResult::warned, State::deferred, true, false},
        {AttemptResult::unsigned_error, State::deferred, true, false},
        {AttemptResult::unsigned_failure, State::deferred, true, true},
        {AttemptResult::awaited, State::deferred, true, false},
        {AttemptResult::no_proof, State::deferred, true, false},
        {AttemptResult::server_failure, State::deferred, true, true},
        {AttemptResult::no_answer, State::deferred, true, true},
        {AttemptResult::not_reached, State::deferred, false, true},
        {AttemptResult::own_trouble, State::deferred, false, false},
    }));
    const auto& row = msh::judgement(met);
    INFO(row.came_back);
    CHECK(row.state == state);
    CHECK(row.outcome_unknown == unknown);
    CHECK(row.destination_failed == failed);
}

TEST_CASE("what is printed has every row, and the codes as judge() takes them", "[msh]")
{
    const auto text = msh::print_judgements();
    CHECK(rows_of(text) == msh::judgements().size() + msh::code_meanings().size() + 8);
    for (const auto& row : msh::judgements()) {
        const auto at = text.find("| " + std::string(row.came_back) + " | ");
        REQUIRE(at != std::string::npos);
        const auto line = text.substr(at, text.find('\n', at) - at);
        const auto word = [](bool is) { return std::string(is ? "yes" : "no"); };
        CHECK(line.find("| " + std::string(queue::to_text(row.state)) + " | ") != line.npos);
        CHECK(line.ends_with(
            "| " + word(row.outcome_unknown) + " | " + word(row.destination_failed) + " |"
        ));
    }
    for (const auto& row : msh::code_meanings()) {
        if (row.code == "EBMS:0004" || row.meaning == msh::Meaning::duplicate) continue;
        const auto error = std::get<as4::PeerError>(error_answer(std::string(row.code), true));
        const auto state = msh::final_state(error, false).value_or(queue::State::deferred);
        const auto line = "| " + std::string(row.code) + " | " + std::string(row.name) + " | " +
                          std::string(queue::to_text(state)) + " |";
        CHECK(text.find(line) != std::string::npos);
    }
}

TEST_CASE("no pipe and no line break spoils the printed tables", "[msh]")
{
    for (const auto& row : msh::judgements())
        for (const auto cell : {row.came_back, row.because})
            CHECK(cell.find_first_of("|\n") == std::string_view::npos);
}
