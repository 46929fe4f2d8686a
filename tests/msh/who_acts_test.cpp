// SPDX-License-Identifier: Apache-2.0
// Who must act on a failed attempt, by its cause.
#include "msh/who_acts.hpp"

#include "http/errc.hpp"
#include "msh/errc.hpp"

#include <catch2/catch.hpp>

namespace {

std::string after(base::Result<as4::Answer> answer)
{
    return msh::who_acts({std::move(answer), 200, {}});
}

std::string told(const std::string& code, const std::string& detail = "")
{
    ebms::Error error;
    error.code = code;
    error.severity = "failure";
    error.detail = detail;
    as4::PeerError answer;
    answer.errors.push_back(std::move(error));
    answer.authentic = true;
    return after(as4::Answer(std::move(answer)));
}

} // namespace

TEST_CASE("a peer that does not trust us acts, or we send it our certificate", "[msh]")
{
    CHECK(told("EBMS:0101").find("peer: accept our signing certificate") == 0);
    CHECK(told("EBMS:0101").find("operator: send it to the peer") != std::string::npos);
}

TEST_CASE("a peer that cannot decrypt has another key than we think", "[msh]")
{
    CHECK(told("EBMS:0102").find("operator:") == 0);
    CHECK(told("EBMS:0102").find("encryption_certificate") != std::string::npos);
}

TEST_CASE("a wrong recipient is the sender's, whatever a peer writes beside it", "[msh]")
{
    CHECK(told("EBMS:0004", "NOT_SERVICED").find("sender:") == 0);
    CHECK(told("EBMS:0004", "disk full").find("operator: ask the peer") == 0);
    CHECK(told("EBMS:9999").find("operator:") == 0);
}

TEST_CASE("what our own TLS and configuration decide is the operator's", "[msh]")
{
    using http::errc;
    CHECK(after(base::Error(errc::certificate_demanded)).find("operator: set tls_key") == 0);
    CHECK(after(base::Error(errc::certificate_refused)).find("peer: accept") == 0);
    CHECK(after(base::Error(errc::own_certificate_invalid)).find("operator: renew") == 0);
    CHECK(after(base::Error(errc::own_certificate_invalid)).find("peer:") == std::string::npos);
    CHECK(after(base::Error(errc::server_certificate)).find("operator: see cause") == 0);
    CHECK(after(base::Error(errc::cannot_resolve)).find("operator: check the host") == 0);
    CHECK(after(base::Error(errc::cannot_connect)).find("peer:") == 0);
    CHECK(after(base::Error(msh::errc::certificate_invalid)).find("operator: replace") == 0);
}

TEST_CASE("nobody acts on what passes by itself", "[msh]")
{
    const base::Time until{std::chrono::hours(24 * 365 * 60)};
    const msh::Outcome held{base::Error(msh::errc::certificate_invalid), 0, {}, until};
    const auto act = msh::who_acts(held);
    CHECK(act.find("nobody") == 0);
    CHECK(act.find(base::to_text(until)) != std::string::npos);
}

TEST_CASE(
    "a receipt whose signer we do not trust is ours to act on, an expired one theirs", "[msh]"
)
{
    using as4::errc;
    CHECK(after(base::Error(errc::receipt_signer_untrusted)).find("operator:") == 0);
    CHECK(after(base::Error(errc::receipt_signer_untimely)).find("peer: renew") == 0);
    CHECK(after(base::Error(errc::answer_empty)).find("peer:") == 0);
}
