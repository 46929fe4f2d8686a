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
        ) == Authority::not_trusted
    );

    // The right name from an authority nobody trusts, also when it brings its authority along.
    const crypto::Certificate foreign = other.identity("AP0002-TEST").certificate();
    CHECK(
        judge_signer(peer("AP0002-TEST"), trust, foreign, {other.certificate()}, middle(foreign)) ==
        Authority::not_trusted
    );
    const crypto::Certificate no_signer =
        federation.encryption_only_identity("AP0002-TEST").certificate();
    CHECK(
        judge_signer(peer("AP0002-TEST"), trust, no_signer, {}, middle(no_signer)) ==
        Authority::not_trusted
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
    CHECK(judge_signer(bound, trust, trusted, {}, middle(trusted)) == Authority::not_trusted);
    CHECK(judge_signer(bound, trust, pinned, {}, pinned.not_after()) == Authority::granted);
    CHECK(
        judge_signer(bound, trust, pinned, {}, pinned.not_after() + std::chrono::seconds(1)) ==
        Authority::not_trusted
    );
    CHECK(
        judge_signer(bound, trust, pinned, {}, pinned.not_before() - std::chrono::seconds(1)) ==
        Authority::not_trusted
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
