// SPDX-License-Identifier: Apache-2.0
// The receipts we give, and xmlsec1's judgement of what we sign.
#include "support/exchange.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>

namespace {

const support::Exchange& exchange()
{
    static const support::Exchange both;
    return both;
}

as4::Verified received(const as4::UnpackContext& context, const support::Packed& packed)
{
    const auto& [a, b, now] = exchange();
    return support::unpack(context, support::wire(packed, a, b), now).value();
}

// Whether xmlsec1 finds the signature and the digests of Messaging and Body right, with the test
// authority as anchor.
bool xmlsec_accepts(const base::Bytes& soap, const support::Identity& signer)
{
    const support::TemporaryFolder folder;
    const auto file = folder.path() / "signed.xml";
    REQUIRE(base::replace_file(file, soap));
    const std::string command = "xmlsec1 --verify --id-attr:Id '" + std::string(wss::uri::eb) +
                                ":Messaging' --id-attr:Id '" + std::string(wss::uri::soap12) +
                                ":Body' --pubkey-cert-pem '" + signer.certificate_file.string() +
                                "' '" + file.string() + "' >/dev/null 2>&1";
    return std::system(command.c_str()) == 0;
}

} // namespace

TEST_CASE("a receipt repeats each reference of the message's signature", "[as4][AS4 5.1.8]")
{
    const auto& [a, b, now] = exchange();
    const auto context = b.context();
    const auto verified = received(context, support::pack(a, b, now));
    const auto receipt = as4::make_receipt(verified, b.signer, now);
    REQUIRE(receipt);
    REQUIRE(verified.references().size() == 3);
    for (const auto& reference : verified.references())
        CHECK(receipt->soap.find(reference) != base::Bytes::npos);
    CHECK(
        receipt->soap.find("<eb:RefToMessageId>" + verified.message().info.message_id + "<") !=
        base::Bytes::npos
    );
    CHECK(receipt->soap.find(receipt->message_id) != base::Bytes::npos);
}

TEST_CASE("each receipt has an id of its own", "[as4]")
{
    const auto& [a, b, now] = exchange();
    const auto context = b.context();
    const auto verified = received(context, support::pack(a, b, now));
    CHECK(
        as4::make_receipt(verified, b.signer, now)->message_id !=
        as4::make_receipt(verified, b.signer, now)->message_id
    );
}

TEST_CASE("xmlsec1 verifies our receipts, errors and messages", "[as4][AS4 5.1.4]")
{
    const auto& [a, b, now] = exchange();
    const auto context = b.context();
    auto receipt = std::move(
        as4::make_receipt(received(context, support::pack(a, b, now)), b.signer, now).value().soap
    );
    CHECK(xmlsec_accepts(receipt, b.identity));
    CHECK_FALSE(xmlsec_accepts(receipt, a.identity));
    const auto at = receipt.find("<eb:RefToMessageId>") + 20;
    receipt[at] = receipt[at] == 'a' ? 'b' : 'a';
    CHECK_FALSE(xmlsec_accepts(receipt, b.identity));

    const auto answer = as4::error_answer(base::Error(as4::errc::not_served));
    CHECK(xmlsec_accepts(as4::make_error_signal(answer, "a@b", b.signer, now).value(), b.identity));
    CHECK(xmlsec_accepts(support::pack(a, b, now, {}).sealed.envelope, a.identity));
}
