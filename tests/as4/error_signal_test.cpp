// SPDX-License-Identifier: Apache-2.0
// Every error code that can come up in reception has its answer of design 5.6, and the signal says
// it.
#include "recipe.hpp"

#include "xml/document.hpp"

#include <catch2/catch.hpp>

TEST_CASE("each situation has its EBMS code", "[as4]")
{
    const auto [code, expected] = GENERATE(table<boost::system::error_code, std::string>({
        {xml::errc::not_well_formed, "EBMS:0009"},
        {xml::errc::doctype, "EBMS:0009"},
        {xml::errc::limit, "EBMS:0009"},
        {xml::errc::not_expected, "EBMS:0009"},
        {xml::errc::canonical_form, "EBMS:0009"},
        {xml::errc::wrong_encoding, "EBMS:0009"},
        {xml::errc::unsupported_encoding, "EBMS:0008"},
        {wss::errc::bad_envelope, "EBMS:0009"},
        {wss::errc::not_understood, "EBMS:0009"},
        {ebms::errc::invalid_header, "EBMS:0009"},
        {base::errc::bad_format, "EBMS:0009"},
        {mime::errc::bad_content_type, "EBMS:0007"},
        {mime::errc::broken, "EBMS:0007"},
        {mime::errc::truncated, "EBMS:0007"},
        {mime::errc::limit, "EBMS:0007"},
        {mime::errc::encoding, "EBMS:0007"},
        {as4::errc::too_early, "EBMS:0007"},
        {ebms::errc::inconsistent, "EBMS:0003"},
        {as4::errc::bad_part_property, "EBMS:0003"},
        {ebms::errc::unsupported, "EBMS:0008"},
        {as4::errc::not_a_user_message, "EBMS:0008"},
        {pmode::errc::no_match, "EBMS:0010"},
        {pmode::errc::inconsistent, "EBMS:0003"},
        {pmode::errc::untyped_party, "EBMS:0003"},
        {as4::errc::part_mismatch, "EBMS:0011"},
        {wss::errc::not_signed, "EBMS:0103"},
        {wss::errc::malformed, "EBMS:0103"},
        {wss::errc::policy, "EBMS:0103"},
        {wss::errc::not_covered, "EBMS:0103"},
        {as4::errc::not_encrypted, "EBMS:0103"},
        {wss::errc::bad_signature, "EBMS:0101"},
        {wss::errc::bad_digest, "EBMS:0101"},
        {wss::errc::unknown_certificate, "EBMS:0101"},
        {as4::errc::not_authorised, "EBMS:0101"},
        {as4::errc::signer_untrusted, "EBMS:0101"},
        {as4::errc::signer_untimely, "EBMS:0101"},
        {as4::errc::signer_unfit, "EBMS:0101"},
        {as4::errc::part_digest, "EBMS:0101"},
        {crypto::errc::bad_certificate, "EBMS:0101"},
        {crypto::errc::bad_signature, "EBMS:0101"},
        {wss::errc::decryption, "EBMS:0102"},
        {crypto::errc::decryption_failed, "EBMS:0102"},
        {as4::errc::decompression, "EBMS:0303"},
        {as4::errc::not_served, "EBMS:0004"},
        {as4::errc::conflicting_repeat, "EBMS:0004"},
        {as4::errc::untimely, "EBMS:0003"},
        {as4::errc::no_timestamp, "EBMS:0103"},
        {as4::errc::timestamp_expired, "EBMS:0101"},
        {as4::errc::timestamp_ahead, "EBMS:0101"},
        {as4::errc::form_differs, "503"},
        {as4::errc::too_many_forms, "503"},
        {as4::errc::only_signals, "503"},
        {as4::errc::receipt_reference, "EBMS:0302"},
        {as4::errc::receipt_unsigned, "EBMS:0302"},
        {as4::errc::receipt_signer, "EBMS:0302"},
        {as4::errc::receipt_signer_untrusted, "EBMS:0302"},
        {as4::errc::receipt_signer_untimely, "EBMS:0302"},
        {as4::errc::receipt_signer_unfit, "EBMS:0302"},
        {as4::errc::receipt_signature, "EBMS:0302"},
        {as4::errc::unknown_subject, "EBMS:0001"},
        {as4::errc::too_large, "413 EBMS:0004"},
        {base::errc::too_large, "413 EBMS:0004"},
        {base::errc::disk_full, "503"},
        {base::errc::sync_failed, "503"},
        {base::errc::io_failed, "503"},
        {crypto::errc::failed, "503"},
        {crypto::errc::bad_key, "503"},
        {pmode::errc::invalid, "503"},
        {boost::system::errc::make_error_code(boost::system::errc::timed_out), "503"},
    }));
    INFO(code.message());
    CHECK(told(base::Error(code)) == expected);
}

TEST_CASE("every failure of decryption is told in the same words", "[as4][facts attack 12]")
{
    const auto one = as4::error_answer(base::Error(wss::errc::decryption, "this"));
    const auto other = as4::error_answer(base::Error(crypto::errc::decryption_failed, "that"));
    CHECK(one.detail == other.detail);
    CHECK(one.code->code == other.code->code);
}

TEST_CASE("the detail of an error stays with us", "[as4][facts attack 32]")
{
    const auto answer = as4::error_answer(base::Error(wss::errc::policy, "internal detail"));
    CHECK(answer.detail.find("internal") == std::string::npos);
}

TEST_CASE(
    "the signer is told which reason its certificate is refused for, and no more", "[as4][TA DR02]"
)
{
    using as4::errc;
    const auto [code, word] = GENERATE(table<errc, std::string>(
        {{errc::signer_untrusted, "issuer"},
         {errc::signer_untimely, "expired or not yet valid"},
         {errc::signer_unfit, "not fit for signatures"},
         {errc::not_authorised, "party in From/PartyId"}}
    ));
    const auto answer =
        as4::error_answer(base::Error(code, "CN=x; add it to node.trust or [[peer]] b"));
    CAPTURE(answer.detail);
    CHECK(answer.detail.find(word) != std::string::npos);
    CHECK(answer.detail.find("node.trust") == std::string::npos);
    CHECK(answer.detail.find("[[peer]]") == std::string::npos);
    CHECK(answer.detail.find("CN=") == std::string::npos);
}

TEST_CASE("who must act depends on the cause", "[as4]")
{
    const auto act = [](boost::system::error_code code) {
        return as4::error_answer(base::Error(code)).act;
    };
    // Ours is to trust a certificate or to configure a peer; theirs to renew and to correct.
    CHECK(act(as4::errc::signer_untrusted).find("operator:") == 0);
    CHECK(act(as4::errc::signer_untrusted).find("node.trust") != std::string::npos);
    CHECK(act(wss::errc::unknown_certificate).find("operator:") == 0);
    CHECK(act(pmode::errc::no_match).find("operator:") == 0);
    CHECK(act(as4::errc::signer_untimely).find("peer: renew") == 0);
    CHECK(act(as4::errc::signer_unfit).find("peer:") == 0);
    CHECK(act(wss::errc::decryption).find("peer: encrypt to our current certificate") == 0);
    CHECK(act(xml::errc::not_well_formed).find("peer: correct the message") == 0);
    CHECK(act(base::errc::disk_full).find("operator:") == 0);
}

TEST_CASE("a recipient that is not served is told so in SDK's word", "[as4][DIGG TP-AS4]")
{
    CHECK(as4::error_answer(base::Error(as4::errc::not_served)).detail == "NOT_SERVICED");
}

TEST_CASE("an error signal names the message in error and is signed", "[as4][AS4 5.1.8]")
{
    const support::Exchange both;
    const auto packed = support::pack(both.a, both.b, both.now);
    const auto answer = as4::error_answer(base::Error(as4::errc::decompression));
    const auto soap =
        as4::make_error_signal(answer, packed.sealed.message_id, both.b.signer, both.now);
    REQUIRE(soap);
    const auto read = as4::read_answer(
        "application/soap+xml", *soap, packed.sealed, both.a.peer(), both.a.trust, both.now
    );
    REQUIRE(read);
    const auto& error = std::get<as4::PeerError>(*read);
    CHECK(error.authentic);
    REQUIRE(error.errors.size() == 1);
    CHECK(error.errors[0].code == "EBMS:0303");
    CHECK(error.errors[0].short_description == "DecompressionFailure");
    CHECK(error.errors[0].severity == "failure");
    CHECK(error.errors[0].category == "Communication");
    CHECK(error.errors[0].ref_to_message == packed.sealed.message_id);
    CHECK(error.errors[0].detail == answer.detail);
    CHECK(soap->find("xml:lang=\"en\"") != base::Bytes::npos);
}

TEST_CASE("an unsigned error signal is read, and is nobody's statement", "[as4]")
{
    const support::Exchange both;
    const auto packed = support::pack(both.a, both.b, both.now);
    const auto answer = as4::error_answer(base::Error(as4::errc::not_served));
    const auto soap = as4::make_unsigned_error_signal(answer, packed.sealed.message_id, both.now);
    const auto read = as4::read_answer(
        "application/soap+xml", soap, packed.sealed, both.a.peer(), both.a.trust, both.now
    );
    REQUIRE(read);
    const auto& error = std::get<as4::PeerError>(*read);
    CHECK_FALSE(error.authentic);
    CHECK(error.errors.at(0).code == "EBMS:0004");
    CHECK(error.errors.at(0).detail == "NOT_SERVICED");
}

TEST_CASE("an error signal for an unknown message names none", "[as4]")
{
    const support::Exchange both;
    const auto soap = as4::make_error_signal(
        as4::error_answer(base::Error(mime::errc::broken)), "", both.b.signer, both.now
    );
    REQUIRE(soap);
    CHECK(soap->find("refToMessageInError") == base::Bytes::npos);
    CHECK(soap->find("RefToMessageId") == base::Bytes::npos);
    CHECK(xml::Document::parse(*soap));
}

TEST_CASE("a peer is told which encoding is not read, and which ones are", "[as4]")
{
    const auto document = xml::Document::parse("<?xml version='1.0' encoding='KOI8-R'?><a/>");
    const auto answer = as4::error_answer(document.error());
    CHECK(
        answer.detail == "character encoding of the XML not supported: KOI8-R; read are UTF-8, "
                         "UTF-16, US-ASCII, ISO-8859-1 and windows-1252"
    );
    const base::Error other(xml::errc::wrong_encoding, "internals");
    CHECK(as4::error_answer(other).detail.find("internals") == std::string::npos);
}
