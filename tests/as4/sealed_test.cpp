// SPDX-License-Identifier: Apache-2.0
// The stored form of what was sealed: it comes back as it was, and nothing else passes for it.
#include "support/exchange.hpp"

#include <catch2/catch.hpp>

namespace {

as4::Sealed example()
{
    as4::Sealed sealed;
    sealed.message_id = "id@example";
    sealed.envelope = base::Bytes("envelope with \0 in it", 21);
    sealed.insert_at = 8;
    sealed.references = {
        {"#messaging", "urn:digest", base::Bytes(32, '\xff')}, {"cid:message", "urn:digest", ""}
    };
    sealed.parts = {{"message", "application/gzip"}, {"second", ""}};
    return sealed;
}

as4::Sealed stamped()
{
    auto sealed = example();
    sealed.references.insert(
        sealed.references.begin() + 1, {"#TS", "urn:digest", base::Bytes(32, '\x01')}
    );
    sealed.form = {
        base::from_millis(1'700'000'000'123), sealed.references[1], "element", "signature"
    };
    return sealed;
}

} // namespace

TEST_CASE("a sealed message is stored and read back whole", "[as4]")
{
    const auto sealed = example();
    const auto back = as4::Sealed::from_bytes(sealed.to_bytes());
    REQUIRE(back);
    CHECK(back->message_id == sealed.message_id);
    CHECK(back->envelope == sealed.envelope);
    CHECK(back->insert_at == sealed.insert_at);
    CHECK(back->references == sealed.references);
    REQUIRE(back->parts.size() == 2);
    CHECK(back->parts[0].content_id == "message");
    CHECK(back->parts[0].mime_type == "application/gzip");
    CHECK(back->to_bytes() == sealed.to_bytes());
}

TEST_CASE("a message without a Timestamp is stored as before there were any", "[as4]")
{
    CHECK(example().to_bytes().starts_with("kurir sealed 1\n"));
    CHECK(stamped().to_bytes().starts_with("kurir sealed 2\n"));
}

TEST_CASE("the form with a Timestamp is stored with it, its earlier ones beside", "[as4]")
{
    const auto sealed = stamped();
    const auto earlier = sealed.form->to_bytes();
    const auto back = as4::Sealed::from_bytes(sealed.to_bytes(), {earlier, earlier});
    REQUIRE(back);
    REQUIRE(back->form);
    CHECK(back->form->created == sealed.form->created);
    CHECK(back->form->timestamp == sealed.form->timestamp);
    CHECK(back->form->element == "element");
    CHECK(back->form->signature == "signature");
    CHECK(back->earlier.size() == 2);
    CHECK(back->to_bytes() == sealed.to_bytes());
    CHECK_FALSE(as4::Sealed::from_bytes(sealed.to_bytes(), {earlier, "x"}));
    for (std::size_t size = 0; size < earlier.size(); ++size)
        CHECK_FALSE(as4::SignedForm::from_bytes(base::BytesView(earlier).substr(0, size)));
    CHECK_FALSE(as4::SignedForm::from_bytes(earlier + "x"));
}

TEST_CASE("a form with another certificate than the next is stored with its token", "[as4]")
{
    auto form = *stamped().form;
    CHECK(form.to_bytes().starts_with("kurir form 1\n")); // as before there were tokens
    CHECK(as4::SignedForm::from_bytes(form.to_bytes()).value().token.empty());
    form.token = "<KeyInfo/>";
    const auto octets = form.to_bytes();
    CHECK(octets.starts_with("kurir form 2\n"));
    const auto back = as4::SignedForm::from_bytes(octets);
    REQUIRE(back);
    CHECK(back->created == form.created);
    CHECK(back->timestamp == form.timestamp);
    CHECK(back->element == form.element);
    CHECK(back->signature == form.signature);
    CHECK(back->token == form.token);
    for (std::size_t size = 0; size < octets.size(); ++size)
        CHECK_FALSE(as4::SignedForm::from_bytes(base::BytesView(octets).substr(0, size)));
    CHECK_FALSE(as4::SignedForm::from_bytes(octets + "x"));
    auto newer = octets;
    newer[newer.find('2')] = '3';
    CHECK_FALSE(as4::SignedForm::from_bytes(newer));
}

TEST_CASE("a stored message cut anywhere is refused", "[as4]")
{
    const auto octets = GENERATE(example(), stamped()).to_bytes();
    for (std::size_t size = 0; size < octets.size(); ++size) {
        const auto back = as4::Sealed::from_bytes(base::BytesView(octets).substr(0, size));
        REQUIRE_FALSE(back);
        CHECK(back.error().code == base::errc::bad_format);
    }
}

TEST_CASE(
    "a stored message with more, of another version, or with lies about sizes is refused", "[as4]"
)
{
    auto octets = example().to_bytes();
    SECTION("more octets")
    {
        octets += 'x';
    }
    SECTION("another version")
    {
        octets[octets.find('1')] = '3';
    }
    SECTION("a size beyond the end")
    {
        octets[15 + 7] = '\x7f';
    }
    SECTION("a place outside the envelope")
    {
        auto sealed = example();
        sealed.insert_at = sealed.envelope.size() + 1;
        octets = sealed.to_bytes();
    }
    CHECK_FALSE(as4::Sealed::from_bytes(octets));
}
