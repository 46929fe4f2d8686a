// SPDX-License-Identifier: Apache-2.0
// A message with a signed wsu:Timestamp, signed again at a retry: its forms differ in the Timestamp
// alone, and a receipt for any of them is a proof.
#include "answers.hpp"
#include "recipe.hpp"

#include <algorithm>
#include <filesystem>

using namespace std::chrono_literals;
using answers::reference;

namespace {

const support::Exchange& stamping()
{
    static const support::Exchange both = [] {
        support::Terms terms;
        terms.pmode.timestamp.sent = true;
        terms.pmode.timestamp.required = true;
        return support::Exchange(terms);
    }();
    return both;
}

base::Time start()
{
    return stamping().now;
}

as4::Sealed again(const as4::Sealed& sealed, base::Duration after_start)
{
    auto made = as4::sign_again(
        sealed, stamping().a.peer().pmode, stamping().a.signer, start() + after_start
    );
    REQUIRE(made);
    return *std::move(made);
}

as4::Sealed first()
{
    return support::pack(stamping().a, stamping().b, start()).sealed;
}

base::Result<as4::Verified> received(
    const as4::UnpackContext& context, const as4::Sealed& sealed,
    const std::vector<base::Content>& payloads, base::Time at
)
{
    const auto& [a, b, now] = stamping();
    support::Packed packed;
    packed.sealed = sealed;
    for (const auto& payload : payloads)
        packed.payloads.push_back(base::Content::of(support::content_octets(payload)));
    return support::unpack(context, support::wire(packed, a, b), at);
}

// B's receipt, as it should be, for a form.
base::Bytes receipt_for(const std::vector<as4::SignedReference>& references, const std::string& id)
{
    std::vector<base::Bytes> repeated;
    for (const auto& each : references)
        repeated.push_back(reference(each.uri, each.digest));
    const ebms::MessageInfo info{start(), "receipt@b.example", id};
    const wss::ToSign to_sign{ebms::write_receipt(info, repeated, "messaging"), "messaging", {}};
    return wss::sign(to_sign, stamping().b.signer).value().soap;
}

// Whether the signature of an earlier form is right, by what is stored of the message alone. Such a
// form has a certificate in its token.
bool verifies(const as4::Sealed& sealed, const as4::SignedForm& form)
{
    const auto security = "<wsse:Security xmlns:wsse=\"" + std::string(wss::uri::wsse) + "\">" +
                          form.token + "</wsse:Security>";
    const auto document = xml::Document::parse(security);
    REQUIRE(document);
    const auto token = document->root().child({wss::uri::wsse, "BinarySecurityToken"});
    REQUIRE(token);
    const auto der = base::from_base64(token->trimmed_text());
    const auto certificate = crypto::Certificate::from_der(der.value());
    // SignedInfo as seal() writes it, with the form's reference in place of the envelope's.
    auto soap = sealed.envelope;
    if (sealed.form) {
        REQUIRE(sealed.form->timestamp.uri == form.timestamp.uri);
        replace(
            soap, base::base64(sealed.form->timestamp.digest), base::base64(form.timestamp.digest)
        );
    }
    const auto envelope = xml::Document::parse(soap);
    const auto header = wss::locate(envelope.value())->security;
    const auto info =
        header->child({wss::uri::ds, "Signature"})->child({wss::uri::ds, "SignedInfo"});
    return bool(
        crypto::verify_sha256(certificate.value(), xml::canonical(*info).value(), form.signature)
    );
}

crypto::Signer renewed_signer()
{
    const auto renewed = support::Authority().short_lived_identity(support::party_a, 1h);
    auto signer = renewed.signer();
    std::filesystem::remove_all(renewed.key_file.parent_path());
    return signer;
}

base::Result<as4::Answer> read(const base::Bytes& receipt, const as4::Sealed& sent)
{
    const auto& a = stamping().a;
    return as4::read_signal(receipt, sent, a.peer(), a.trust, start());
}

} // namespace

TEST_CASE("a message is sealed with a signed Timestamp where the P-Mode has one", "[as4]")
{
    const auto sealed = first();
    REQUIRE(sealed.form);
    CHECK(sealed.form->created == start());
    CHECK(sealed.references[2] == sealed.form->timestamp);
    const auto expires = base::to_text(start() + 5min);
    CHECK(sealed.envelope.find("<wsu:Expires>" + expires) != base::Bytes::npos);
    const auto plain = support::pack(answers::exchange().a, answers::exchange().b, start()).sealed;
    CHECK_FALSE(plain.form);
    CHECK(plain.envelope.find("<wsu:Timestamp") == base::Bytes::npos);
}

TEST_CASE("a Timestamp is used for a minute", "[as4]")
{
    const auto sealed = first();
    CHECK_FALSE(as4::is_due_for_signing(sealed, start()));
    CHECK_FALSE(as4::is_due_for_signing(sealed, start() + 60s));
    CHECK(as4::is_due_for_signing(sealed, start() + 60s + 1ms));
    CHECK_FALSE(as4::is_due_for_signing(sealed, start() - 60s)); // a clock that was set back
    CHECK(as4::is_due_for_signing(sealed, start() - 60s - 1ms));
    const auto plain = support::pack(answers::exchange().a, answers::exchange().b, start()).sealed;
    CHECK_FALSE(as4::is_due_for_signing(plain, start() + 24h));
}

TEST_CASE("signed again, a message differs in its Timestamp alone and is taken", "[as4][AS4 3.2]")
{
    const auto& [a, b, now] = stamping();
    const std::vector<support::Payload> payloads{
        {"message", "text/xml", "<a/>"}, {"sec%nd@x", "text/plain", "x", false}
    };
    const auto packed = support::pack(a, b, start(), payloads);
    const auto& sealed = packed.sealed;
    const auto second = again(sealed, 2min);
    CHECK(second.message_id == sealed.message_id);
    CHECK(second.parts.size() == sealed.parts.size());
    REQUIRE(second.references.size() == sealed.references.size());
    for (std::size_t i = 0; i < sealed.references.size(); ++i) {
        CHECK(second.references[i].uri == sealed.references[i].uri);
        CHECK((second.references[i].digest == sealed.references[i].digest) == (i != 2));
    }
    REQUIRE(second.earlier.size() == 1);
    CHECK(second.earlier[0].timestamp == sealed.references[2]);
    const auto messaging = [](const base::Bytes& soap) {
        const auto begin = soap.find("<eb:Messaging");
        return soap.substr(begin, soap.find("</S12:Envelope>") - begin);
    };
    CHECK(messaging(second.envelope) == messaging(sealed.envelope));

    const auto context = b.context();
    const auto early = received(context, sealed, packed.payloads, start());
    const auto late = received(context, second, packed.payloads, start() + 2min);
    REQUIRE(early);
    REQUIRE(late);
    CHECK(ebms::write(late->message(), "x") == ebms::write(early->message(), "x"));
    CHECK(late->signed_info_digest() != early->signed_info_digest());
    // What B gives for either is a proof.
    for (const auto* verified : {&*early, &*late}) {
        const auto receipt = as4::make_receipt(*verified, b.signer, start());
        const auto answer = read(receipt.value().soap, second);
        REQUIRE(answer);
        const auto& proof = std::get<as4::ReceiptProof>(*answer);
        CHECK(proof.form_created == (verified == &*early ? start() : start() + 2min));
    }
}

TEST_CASE("what is stored of an earlier form is what its receipt is compared with", "[as4]")
{
    auto sealed = first();
    std::vector<std::vector<as4::SignedReference>> forms{sealed.references};
    std::vector<base::Bytes> stored;
    for (int i = 1; i < 30; ++i) {
        stored.push_back(sealed.form->to_bytes());
        CHECK(stored.back().size() < 1024);
        sealed = again(sealed, 1h * i);
        forms.push_back(sealed.references);
    }
    const auto back = as4::Sealed::from_bytes(sealed.to_bytes(), stored);
    REQUIRE(back);
    CHECK(back->form->created == start() + 29h);
    CHECK(back->earlier.size() == 29);
    for (int i = 0; i < 30; ++i) {
        const auto receipt = receipt_for(forms[static_cast<std::size_t>(i)], sealed.message_id);
        const auto answer = read(receipt, *back);
        REQUIRE(answer);
        CHECK(std::get<as4::ReceiptProof>(*answer).form_created == start() + 1h * i);
    }
}

TEST_CASE("a receipt that mixes forms, or leaves the Timestamp out, proves nothing", "[as4]")
{
    const auto sealed = first();
    const auto second = again(sealed, 2min);
    const auto other = again(first(), 2min);
    auto references = second.references;
    SECTION("without the Timestamp")
    {
        references.erase(references.begin() + 2);
    }
    SECTION("both Timestamps")
    {
        references.push_back(sealed.references[2]);
    }
    SECTION("the Timestamp of another message")
    {
        references[2] = other.references[2];
    }
    SECTION("an earlier Timestamp with another payload")
    {
        references[2] = sealed.references[2];
        references[3].digest = crypto::sha256("x");
    }
    SECTION("a Timestamp that was never signed")
    {
        references[2].digest = crypto::sha256("x");
    }
    const auto answer = read(receipt_for(references, sealed.message_id), second);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == as4::errc::receipt_reference);
}

TEST_CASE("a stored message that would be signed otherwise is not signed again", "[as4]")
{
    const auto refused = [](const as4::Sealed& sealed) {
        const auto made =
            as4::sign_again(sealed, stamping().a.peer().pmode, stamping().a.signer, start() + 2min);
        return made ? boost::system::error_code() : made.error().code;
    };
    auto sealed = first();
    SECTION("another eb:Messaging")
    {
        const auto at = sealed.envelope.find("<eb:ConversationId>") + 19;
        sealed.envelope[at] = sealed.envelope[at] == 'a' ? 'b' : 'a';
        CHECK(refused(sealed) == as4::errc::form_differs);
    }
    SECTION("another digest of the Body")
    {
        sealed.references[1].digest = crypto::sha256("x");
        CHECK(refused(sealed) == as4::errc::form_differs);
    }
    SECTION("another order")
    {
        std::swap(sealed.references[0], sealed.references[1]);
        CHECK_FALSE(refused(sealed) == boost::system::error_code());
    }
    SECTION("no Timestamp")
    {
        sealed.form.reset();
        CHECK(refused(sealed) == as4::errc::form_differs);
    }
    SECTION("signed too often")
    {
        sealed.earlier.resize(as4::max_forms - 2);
        CHECK(refused(sealed) == boost::system::error_code());
        sealed.earlier.resize(as4::max_forms - 1);
        CHECK(refused(sealed) == as4::errc::too_many_forms);
    }
}

TEST_CASE("a new form is signed by the key and lifetime of now", "[as4]")
{
    auto pmode = stamping().a.peer().pmode;
    pmode.timestamp.lifetime = 1h;
    pmode.algorithms.signature_token = {wss::TokenReference::issuer_serial};
    const auto renewed = support::Authority().identity(support::party_a).signer();
    const auto made = as4::sign_again(first(), pmode, renewed, start() + 2min);
    REQUIRE(made);
    const auto expires = base::to_text(start() + 2min + 1h);
    CHECK(made->envelope.find("<wsu:Expires>" + expires) != base::Bytes::npos);
    CHECK(made->envelope.find("X509IssuerSerial") != base::Bytes::npos);
}

TEST_CASE(
    "with a renewed certificate a message is signed again over the same digests", "[as4][AS4 3.2]"
)
{
    const auto& [a, b, now] = answers::exchange();
    auto pmode = a.peer().pmode;
    const auto token = GENERATE(
        wss::TokenReference::bst_x509v3, wss::TokenReference::bst_pkipath,
        wss::TokenReference::issuer_serial
    );
    pmode.algorithms.signature_token = {token};
    const auto message = support::make_message(a, b, now, support::one_payload());
    const std::vector<wss::PartDigest> digests{{"message", crypto::sha256("x")}};
    const auto sealed = as4::seal(message, digests, pmode, a.signer).value();
    const auto signer = renewed_signer();
    CHECK(as4::is_signed_with(sealed, pmode, a.signer.certificate()));
    CHECK_FALSE(as4::is_signed_with(sealed, pmode, signer.certificate()));

    const auto made = as4::sign_again(sealed, pmode, signer, now);
    REQUIRE(made);
    CHECK(as4::is_signed_with(*made, pmode, signer.certificate()));
    CHECK_FALSE(as4::is_signed_with(*made, pmode, a.signer.certificate()));
    CHECK(made->message_id == sealed.message_id);
    CHECK(made->references == sealed.references);
    CHECK_FALSE(made->form);
    REQUIRE(made->earlier.size() == 1);
    const auto& form = made->earlier[0];
    CHECK(form.element.empty());
    CHECK(form.timestamp == as4::SignedReference());
    CHECK(form.token.find("</ds:KeyInfo>") != base::Bytes::npos);
    if (token == wss::TokenReference::bst_x509v3) CHECK(verifies(*made, form));
    CHECK(as4::sign_again(*made, pmode, signer, now)->earlier.size() == 1); // the same certificate
    // The references did not change: a receipt for either form is one for this message.
    const auto back = as4::Sealed::from_bytes(made->to_bytes(), {form.to_bytes()});
    REQUIRE(back);
    const auto receipt = receipt_for(sealed.references, sealed.message_id);
    const auto answer =
        as4::read_signal(receipt, *back, stamping().a.peer(), stamping().a.trust, now);
    REQUIRE(answer);
    CHECK_FALSE(std::get<as4::ReceiptProof>(*answer).form_created);
    const auto info = [](const base::Bytes& soap) {
        const auto begin = soap.find("<ds:SignedInfo");
        return soap.substr(begin, soap.find("</ds:SignedInfo>") - begin);
    };
    CHECK(info(made->envelope) == info(sealed.envelope));
}

TEST_CASE("each form is kept so that its signature can be verified, also after a renewal", "[as4]")
{
    const auto pmode = stamping().a.peer().pmode;
    auto sealed = again(again(first(), 2min), 4min);
    CHECK(sealed.earlier[0].token.empty()); // the next form has the same certificate
    CHECK(sealed.earlier[1].token.empty());
    const auto renewed = renewed_signer();
    const auto made = as4::sign_again(sealed, pmode, renewed, start() + 6min);
    REQUIRE(made);
    REQUIRE(made->earlier.size() == 3);
    CHECK(made->earlier[2].created == start() + 4min);
    auto older = made->earlier;
    for (auto form = older.rbegin(); form != older.rend(); ++form) {
        if (form != older.rbegin()) {
            CHECK(form->token.empty());
            form->token = std::prev(form)->token;
        }
        const auto stored = as4::SignedForm::from_bytes(form->to_bytes());
        REQUIRE(stored);
        CHECK(verifies(*made, *stored));
        auto wrong = *stored;
        wrong.signature[0] = static_cast<char>(wrong.signature[0] ^ 1);
        CHECK_FALSE(verifies(*made, wrong));
    }
    CHECK(made->earlier[2].to_bytes().size() < 8192);
    auto unsigned_form = sealed;
    const auto begin = unsigned_form.envelope.find("<ds:SignatureValue>");
    const auto end = unsigned_form.envelope.find("</ds:SignatureValue>") + 20;
    unsigned_form.envelope.erase(begin, end - begin);
    const auto refused = as4::sign_again(unsigned_form, pmode, renewed, start() + 6min);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == as4::errc::form_differs);
}
