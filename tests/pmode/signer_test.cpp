// SPDX-License-Identifier: Apache-2.0
// Who may sign for a peer: by pinned certificate, or by authority and common name.
#include "pmode/pmode.hpp"

#include "support/authority.hpp"

#include <catch2/catch.hpp>

using pmode::Authority;

namespace {

pmode::Peer peer(const std::string& party_id, std::vector<crypto::Certificate> pinned = {})
{
    pmode::Peer result;
    result.name = "peer";
    result.party_id = party_id;
    result.pinned = std::move(pinned);
    result.pmode = *pmode::preset("sdk");
    return result;
}

base::Time middle(const crypto::Certificate& certificate)
{
    return certificate.not_before() + (certificate.not_after() - certificate.not_before()) / 2;
}

} // namespace

TEST_CASE(
    "a trusted certificate speaks for the party of its common name only",
    "[pmode][DIGG TP-AS4 2.10][DIGG AP-KS 3.1.5][attack 23]"
)
{
    const support::Authority federation;
    const support::Authority other("other federation");
    const crypto::TrustStore trust = federation.trust();
    const crypto::Certificate mine = federation.identity("AP0002-TEST").certificate();
    const base::Time now = middle(mine);
    CHECK(judge_signer(peer("AP0002-TEST"), trust, mine, {}, now) == Authority::granted);
    CHECK(judge_signer(peer("AP0003-TEST"), trust, mine, {}, now) == Authority::wrong_party);
    CHECK(judge_signer(peer("ap0002-test"), trust, mine, {}, now) == Authority::wrong_party);
    CHECK(judge_signer(peer("AP0002-TES"), trust, mine, {}, now) == Authority::wrong_party);
    CHECK(
        judge_signer(
            peer("AP0002-TEST"), trust, mine, {}, mine.not_after() + std::chrono::hours(1)
        ) == Authority::untimely
    );

    // The right name from an authority nobody trusts, also when it brings its authority along.
    const crypto::Certificate foreign = other.identity("AP0002-TEST").certificate();
    CHECK(
        judge_signer(peer("AP0002-TEST"), trust, foreign, {other.certificate()}, middle(foreign)) ==
        Authority::untrusted
    );
    const crypto::Certificate no_signer =
        federation.encryption_only_identity("AP0002-TEST").certificate();
    CHECK(
        judge_signer(peer("AP0002-TEST"), trust, no_signer, {}, middle(no_signer)) ==
        Authority::unfit
    );
}

TEST_CASE("a peer with pinned certificates is heard with these alone, in their time", "[pmode]")
{
    const support::Authority federation;
    const support::Authority other("other federation");
    const crypto::TrustStore trust = federation.trust();
    const crypto::Certificate pinned = other.identity("some name").certificate();
    const crypto::Certificate trusted = federation.identity("AP0002-TEST").certificate();
    const pmode::Peer bound = peer("AP0002-TEST", {pinned});
    CHECK(
        judge_signer(bound, trust, pinned, {}, middle(pinned)) == Authority::granted
    ); // whatever its name and authority
    CHECK(judge_signer(bound, trust, trusted, {}, middle(trusted)) == Authority::not_pinned);
    CHECK(judge_signer(bound, trust, pinned, {}, pinned.not_after()) == Authority::granted);
    CHECK(
        judge_signer(bound, trust, pinned, {}, pinned.not_after() + std::chrono::seconds(1)) ==
        Authority::untimely
    );
    CHECK(
        judge_signer(bound, trust, pinned, {}, pinned.not_before() - std::chrono::seconds(1)) ==
        Authority::untimely
    );
    CHECK(
        judge_signer(peer("AP0002-TEST", {trusted, pinned}), trust, trusted, {}, middle(trusted)) ==
        Authority::granted
    );
}

TEST_CASE("a key below the P-Mode's minimum strength is not heard, however trusted", "[pmode]")
{
    const support::Authority federation;
    const crypto::TrustStore trust = federation.trust();
    const crypto::Certificate mine = federation.identity("AP0002-TEST").certificate();
    for (pmode::Peer strict : {peer("AP0002-TEST"), peer("AP0002-TEST", {mine})}) {
        strict.pmode.minimum_strength = 2048;
        CHECK(judge_signer(strict, trust, mine, {}, middle(mine)) == Authority::granted);
        strict.pmode.minimum_strength = 2049;
        CHECK(judge_signer(strict, trust, mine, {}, middle(mine)) == Authority::weak_key);
    }
}

TEST_CASE("known is what is pinned, looked up and encrypted to, each once, pinned first", "[pmode]")
{
    const support::Authority federation;
    const crypto::Certificate one = federation.identity("AP0002-TEST").certificate();
    const crypto::Certificate two = federation.identity("AP0003-TEST").certificate();
    const crypto::Certificate three = federation.expired_identity("AP0002-OLD").certificate();
    pmode::Peer known = peer("AP0002-TEST", {one});
    CHECK(known.known() == std::vector{one});
    known.encryption = one;
    known.looked_up = {three, one};
    CHECK(known.known() == std::vector{one, three});
    known.encryption = two;
    CHECK(known.known() == std::vector{one, three, two});
    CHECK(pmode::Peer().known().empty());
}

TEST_CASE("a verdict on a signer names the certificate and the key that would change it", "[pmode]")
{
    const support::Authority federation;
    const support::Authority other("other federation");
    const auto trust = federation.trust();
    const auto mine = federation.identity("AP0002-TEST").certificate();
    const auto foreign = other.identity("AP0002-TEST").certificate();
    const auto expired = federation.expired_identity("AP0002-TEST").certificate();
    const auto ca = federation.certificate();
    const auto no_signer = federation.encryption_only_identity("AP0002-TEST").certificate();
    const auto now = middle(mine);
    const auto reason = [&](const pmode::Peer& of, const crypto::Certificate& signer) {
        return judge_signer(of, trust, signer, {}, now).reason;
    };
    const auto by_ca = peer("AP0002-TEST");
    const auto pinned = peer("AP0002-TEST", {expired});
    struct Case {
        std::string reason;
        crypto::Certificate certificate;
        std::vector<std::string> words;
    };
    const std::string table = "certificates of [[peer]] " + by_ca.name;
    const std::vector<Case> cases = {
        {reason(by_ca, foreign), foreign, {"no trusted CA", "node.trust", table}},
        {reason(by_ca, expired), expired, {"has expired", base::to_text(expired.not_after())}},
        {reason(by_ca, ca), ca, {"a CA's own"}},
        {reason(by_ca, no_signer), no_signer, {"key usage", table}},
        {reason(peer("AP0003-TEST"), mine), mine, {"CN is not AP0003-TEST", table}},
        {reason(pinned, mine), mine, {"none of those in " + table}},
        {reason(pinned, expired), expired, {"has expired", table}}
    };
    for (const auto& [text, certificate, words] : cases) {
        CAPTURE(text);
        CHECK(text.find(crypto::described(certificate)) != std::string::npos);
        for (const auto& word : words) {
            CAPTURE(word);
            CHECK(text.find(word) != std::string::npos);
        }
    }
    CHECK(reason(by_ca, mine).empty());
}
