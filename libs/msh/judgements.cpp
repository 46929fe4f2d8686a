// SPDX-License-Identifier: Apache-2.0
// The tables by which attempts are judged. judge.cpp finds the row and applies it. Peers answer
// EBMS:0004 for many reasons, so only its text decides. "duplicate" means that the peer has the
// message only if an earlier attempt may have arrived. If no attempt can have arrived, the peer has
// another message under this id.
#include "msh/judgements.hpp"

#include "base/bytes.hpp"
#include "ebms/error_code.hpp"

#include <algorithm>
#include <array>

namespace msh {

namespace {

using queue::State;

// clang-format off
constexpr auto table = std::to_array<Judgement>({
    // [TA22]
    {AttemptResult::receipt, "a proven receipt", State::delivered, "", false, false},
    {AttemptResult::refusal, "a signed error that no retry can mend, alone or with others", State::bounced,
     "the same octets would meet it again", false, false},
    {AttemptResult::known_already, "a signed \"duplicate\", and an earlier attempt may have arrived", State::unproven,
     "the peer has the message, its receipt was lost", false, false},
    {AttemptResult::known_as_another, "a signed \"duplicate\", and no attempt can have arrived", State::bounced,
     "the peer has another message under this id", false, false},
    {AttemptResult::signed_error, "any other signed error", State::deferred, "it may pass", false, false},
    {AttemptResult::warned, "signed warnings alone", State::deferred, "nothing failed, and no receipt came", true, false},
    {AttemptResult::unsigned_error, "an unsigned error, whatever it says", State::deferred, "anybody could have written it",
     true, false},
    {AttemptResult::unsigned_failure, "the same with HTTP 3xx, 401, 403, 404, 405, 407, 408, 410, 429 or 5xx", State::deferred,
     "nothing gets through there now", true, true},
    {AttemptResult::awaited, "2xx without a body or with warnings alone, receipts agreed by callback", State::deferred,
     "the receipt has receipt_timeout to come, or what is left of the time to live", true, false},
    // [TA09] The results from here on are retried.
    {AttemptResult::no_proof, "an answer that proves nothing: no AS4, a SOAP Fault alone, a receipt that is not for this message",
     State::deferred, "the outcome is unknown", true, false},
    {AttemptResult::server_failure, "no AS4 with HTTP 3xx, 401, 403, 404, 405, 407, 408, 410, 429 or 5xx", State::deferred,
     "nothing gets through there now", true, true},
    {AttemptResult::no_answer, "no answer to a request that went out whole, or none that is HTTP", State::deferred,
     "the outcome is unknown", true, true},
    {AttemptResult::not_reached, "no address, no connection, TLS or a proxy refused, broken off on the way out",
     State::deferred, "it is not there", false, true},
    {AttemptResult::held, "nothing was sent: a certificate that it needs has expired or is not yet valid", State::deferred,
     "no attempt is counted; it goes on when the certificate has been replaced or becomes valid", false, false},
    {AttemptResult::own_trouble, "nothing was sent: no such peer any more, a payload that cannot be read, no try left",
     State::deferred, "the log says what the operator must do", false, false},
});

constexpr auto meanings = std::to_array<CodeMeaning>({
    {"EBMS:0001", "ValueNotRecognized", Meaning::permanent},
    {"EBMS:0002", "FeatureNotSupported", Meaning::permanent},
    {"EBMS:0003", "ValueInconsistent", Meaning::permanent},
    {"EBMS:0004", "Other", Meaning::again}, // its text decides, see meaning_of_other()
    {"EBMS:0005", "ConnectionFailure", Meaning::again},
    {"EBMS:0006", "EmptyMessagePartitionChannel", Meaning::again}, // pull only
    {"EBMS:0007", "MimeInconsistency", Meaning::permanent},
    {"EBMS:0008", "FeatureNotSupported", Meaning::permanent},
    {"EBMS:0009", "InvalidHeader", Meaning::permanent},
    {"EBMS:0010", "ProcessingModeMismatch", Meaning::permanent},
    {"EBMS:0011", "ExternalPayloadError", Meaning::permanent},
    {"EBMS:0020", "RoutingFailure", Meaning::again}, // from an intermediary, like the next three
    {"EBMS:0021", "MPCCapacityExceeded", Meaning::again},
    {"EBMS:0022", "MessagePersistenceTimeout", Meaning::again},
    {"EBMS:0023", "MessageExpired", Meaning::again},
    {"EBMS:0030", "BundlingError", Meaning::permanent},
    {"EBMS:0031", "RelatedMessageFailed", Meaning::again},
    {"EBMS:0040", "BadFragmentGroup", Meaning::permanent},
    {"EBMS:0041", "DuplicateMessageSize", Meaning::permanent},
    {"EBMS:0042", "DuplicateFragmentCount", Meaning::permanent},
    {"EBMS:0043", "DuplicateMessageHeader", Meaning::permanent},
    {"EBMS:0044", "DuplicateAction", Meaning::permanent},
    {"EBMS:0045", "DuplicateCompressionInfo", Meaning::permanent},
    {"EBMS:0046", "DuplicateFragment", Meaning::permanent},
    {"EBMS:0047", "BadFragmentStructure", Meaning::permanent},
    {"EBMS:0048", "BadFragmentNum", Meaning::permanent},
    {"EBMS:0049", "BadFragmentCount", Meaning::permanent},
    {"EBMS:0050", "FragmentSizeExceeded", Meaning::permanent},
    {"EBMS:0051", "ReceiveIntervalExceeded", Meaning::again},
    {"EBMS:0052", "BadProperties", Meaning::permanent},
    {"EBMS:0053", "HeaderMismatch", Meaning::permanent},
    {"EBMS:0054", "OutOfStorageSpace", Meaning::again},
    {"EBMS:0055", "DecompressionError", Meaning::permanent},
    {"EBMS:0060", "ResponseUsingAlternateMEP", Meaning::again}, // pull only
    {"EBMS:0101", "FailedAuthentication", Meaning::permanent},
    {"EBMS:0102", "FailedDecryption", Meaning::permanent},
    {"EBMS:0103", "PolicyNoncompliance", Meaning::permanent},
    {"EBMS:0201", "DysfunctionalReliability", Meaning::again},
    {"EBMS:0202", "DeliveryFailure", Meaning::again},
    {"EBMS:0301", "MissingReceipt", Meaning::again}, // from a sender, not about our message
    {"EBMS:0302", "InvalidReceipt", Meaning::again}, // from a sender, too
    {"EBMS:0303", "DecompressionFailure", Meaning::permanent},
    {"EBMS:4001", "DuplicateDetected", Meaning::duplicate}, // phase4's own code, from 4.5 on
});
// clang-format on

bool says(const ebms::Error& error, std::string_view word)
{
    const auto has = [&](const std::string& text) {
        return base::lower(text).find(word) != std::string::npos;
    };
    return has(error.detail) || has(error.description) || has(error.short_description);
}

// NOT_SERVICED is SDK's term [DIGG TP-AS4 2.5]. "seen before with other content" is what Kurir
// answers. "this is a duplicate" is phase4's text up to 4.4. HTTP 413 means too large, which no
// retry changes. Any other error may pass: a back end that is down also gives EBMS:0004.
Meaning meaning_of_other(const ebms::Error& error, int http_status)
{
    if (says(error, "not_serviced") || says(error, "seen before with other content") ||
        http_status == 413)
        return Meaning::permanent;
    return says(error, "duplicate") ? Meaning::duplicate : Meaning::again;
}

std::string_view ends_as(const CodeMeaning& row)
{
    if (row.code == ebms::other.code)
        return "by its text: NOT_SERVICED, other content under an id seen before, or HTTP 413: "
               "bounced; \"duplicate\": as above; else deferred";
    switch (row.meaning) {
    case Meaning::permanent:
        return "bounced";
    case Meaning::duplicate:
        return "unproven or bounced, as above";
    case Meaning::again:
        return "deferred";
    }
    return "deferred";
}

std::string row_of(std::initializer_list<std::string_view> cells)
{
    std::string row = "|";
    for (const auto cell : cells)
        row.append(" ").append(cell).append(" |");
    return row + "\n";
}

} // namespace

std::span<const Judgement> judgements()
{
    return table;
}

const Judgement& judgement(AttemptResult result)
{
    // A test checks that each result has a row.
    return *std::ranges::find(table, result, &Judgement::result);
}

std::span<const CodeMeaning> code_meanings()
{
    return meanings;
}

Meaning meaning_of(const ebms::Error& error, int http_status)
{
    if (ebms::is_warning(error)) return Meaning::again;
    if (error.code == ebms::other.code) return meaning_of_other(error, http_status);
    const auto row = std::ranges::find(meanings, error.code, &CodeMeaning::code);
    return row == meanings.end() ? Meaning::again : row->meaning;
}

// A web server whose application is not running (yet) redirects, or answers 401, 403, 404 or 405.
bool speaks_for_the_server(int http_status)
{
    constexpr std::array<int, 8> client_statuses{401, 403, 404, 405, 407, 408, 410, 429};
    return http_status >= 500 || (http_status >= 300 && http_status < 400) ||
           std::ranges::find(client_statuses, http_status) != client_statuses.end();
}

std::string print_judgements()
{
    const auto word = [](bool is) { return is ? "yes" : "no"; };
    std::string text =
        row_of({"what came back", "state", "because", "outcome unknown", "the destination failed"});
    text += "|---|---|---|---|---|\n";
    for (const auto& row : table)
        text += row_of(
            {row.came_back, queue::to_text(row.state), row.because, word(row.outcome_unknown),
             word(row.destination_failed)}
        );
    text += row_of(
        {"deferred, and no try is left: the next one would come after the time to live, or "
         "retry_max_attempts are made",
         queue::to_text(State::expired), "EBMS:0301 MissingReceipt, told to the producer",
         "as before", "as above"}
    );
    text += "\n" + row_of({"signed error", "name", "state"}) + "|---|---|---|\n";
    for (const auto& row : meanings)
        text += row_of({row.code, row.name, ends_as(row)});
    text += row_of({"any other", "", "deferred"});
    return text + row_of({"any, as a warning", "", "deferred"});
}

} // namespace msh
