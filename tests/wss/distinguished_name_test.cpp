// SPDX-License-Identifier: Apache-2.0
// One issuer name in the spellings of several programs, held against certificates made by openssl.
#include "wss/distinguished_name.hpp"

#include "base/file.hpp"
#include "crypto/openssl_command.hpp"
#include "support/temporary_folder.hpp"
#include "wss/token.hpp"

#include <catch2/catch.hpp>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

namespace {

struct Made {
    crypto::Certificate certificate;
    std::vector<std::string> printed; // its issuer, as the openssl command prints it
};

// Of its own issuer; `subject` as openssl req takes it, without a single quote in it.
Made made(const std::string& subject, const std::string& serial = "7")
{
    const support::TemporaryFolder folder;
    const bool issued = openssl_command::succeeds(
        folder.path(), "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -utf8 "
                       "-keyout key.pem -out made.pem -set_serial " +
                           serial + " -subj '" + subject + "'"
    );
    REQUIRE(issued);
    const auto pem = base::read_file(folder.path() / "made.pem", 100'000);
    Made result{crypto::Certificate::from_pem(pem.value()).value(), {}};
    for (const std::string form :
         {"RFC2253", "RFC2253,-esc_msb", "RFC2253,sep_comma_plus_space,space_eq", "oneline",
          "oneline,lname", "RFC2253,oid,dump_all,dump_der"}) {
        const std::string line = "cd '" + folder.path().string() +
                                 "' && openssl x509 -in made.pem -noout -issuer -nameopt " + form +
                                 " >printed 2>/dev/null";
        REQUIRE(std::system(line.c_str()) == 0);
        auto text = base::read_file(folder.path() / "printed", 10'000).value();
        result.printed.push_back(text.substr(std::string("issuer=").size()));
    }
    return result;
}

bool means(const std::string& text, const Made& made)
{
    const auto name = wss::read_name(text);
    return name && name->is_issuer_of(made.certificate);
}

const Made& acme()
{
    static const Made made = ::made("/C=SE/ST=Stockholms län/O=ACME, Inc./OU=Drift \\+ \"Nät\"/"
                                    "organizationIdentifier=NTRSE-5561234567/serialNumber=5561/"
                                    "emailAddress=ca@example.se/CN=Test CA");
    return made;
}

} // namespace

TEST_CASE("A name is recognised as each program writes it", "[wss][XMLDSig 4.5.4.1][RFC 4514]")
{
    for (const auto& printed : acme().printed) {
        INFO(printed);
        CHECK(means(printed, acme()));
    }
    const std::vector<std::string> spellings{
        // ours
        acme().certificate.issuer(),
        // Java: X500Principal.getName() in RFC2253, RFC1779 and for people
        R"(CN=Test CA,1.2.840.113549.1.9.1=#160d6361406578616d706c652e7365,2.5.4.5=#130435353631,)"
        R"(2.5.4.97=#0c104e545253452d35353631323334353637,OU=Drift \+ \"Nät\",O=ACME\, Inc.,)"
        R"(ST=Stockholms län,C=SE)",
        R"(CN=Test CA, OID.1.2.840.113549.1.9.1=ca@example.se, OID.2.5.4.5=5561, )"
        R"(OID.2.5.4.97=NTRSE-5561234567, OU="Drift + \"Nät\"", O="ACME, Inc.", )"
        R"(ST=Stockholms län, C=SE)",
        R"(CN=Test CA, EMAILADDRESS=ca@example.se, SERIALNUMBER=5561, )"
        R"(OID.2.5.4.97=#0C104E545253452D35353631323334353637, OU="Drift + \"Nät\"", )"
        R"(O="ACME, Inc.", ST=Stockholms län, C=SE)",
        // .NET and Windows
        R"(CN=Test CA, E=ca@example.se, SERIALNUMBER=5561, OID.2.5.4.97=NTRSE-5561234567, )"
        R"(OU="Drift + ""Nät""", O="ACME, Inc.", S=Stockholms län, C=SE)",
        // Bouncy Castle, in the order of the certificate
        R"(C=SE,ST=Stockholms län,O=ACME\, Inc.,OU=Drift \+ \"Nät\",)"
        R"(organizationIdentifier=NTRSE-5561234567,SERIALNUMBER=5561,E=ca@example.se,CN=Test CA)",
        // XMLDSig 4.5.4.1, broken into lines, letters of another case
        "\n  cn = test ca;\n  e=CA@EXAMPLE.SE;2.5.4.5=5561,\n  2.5.4.97=ntrse-5561234567,"
        "OU=Drift\\20\\2b \\22N\\C3\\A4t\\22,\n  O=ACME\\2c\\20\\20Inc.,ST=Stockholms  l\\c3\\a4n "
        ", "
        "C=se\n",
    };
    for (const auto& spelling : spellings) {
        INFO(spelling);
        CHECK(means(spelling, acme()));
    }
}

TEST_CASE("Every attribute type is known by the names that OpenSSL prints", "[wss]")
{
    using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
    using Unsigned = std::unique_ptr<X509, decltype(&X509_free)>;
    const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    const auto issued_by = [&](int type) {
        const Unsigned made(X509_new(), &X509_free);
        const std::string value = "SE";
        X509_NAME_add_entry_by_NID(
            X509_get_issuer_name(made.get()), NID_organizationName, MBSTRING_UTF8,
            reinterpret_cast<const unsigned char*>(value.data()), 2, -1, 0
        );
        X509_NAME_ENTRY* entry = X509_NAME_ENTRY_create_by_NID(
            nullptr, type, V_ASN1_UTF8STRING, reinterpret_cast<const unsigned char*>(value.data()),
            2
        );
        X509_NAME_add_entry(X509_get_issuer_name(made.get()), entry, -1, 0);
        X509_NAME_ENTRY_free(entry);
        X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
        X509_gmtime_adj(X509_getm_notAfter(made.get()), 60);
        X509_set_pubkey(made.get(), key.get());
        REQUIRE(X509_sign(made.get(), key.get(), EVP_sha256()) > 0);
        unsigned char* octets = nullptr;
        const int size = i2d_X509(made.get(), &octets);
        REQUIRE(size > 0);
        const base::Bytes der(reinterpret_cast<const char*>(octets), static_cast<unsigned>(size));
        OPENSSL_free(octets);
        return Made{crypto::Certificate::from_der(der).value(), {}};
    };
    for (const int type :
         {NID_jurisdictionLocalityName,
          NID_jurisdictionStateOrProvinceName,
          NID_jurisdictionCountryName,
          NID_x500UniqueIdentifier,
          NID_role,
          NID_houseIdentifier,
          NID_postOfficeBox,
          NID_postalCode,
          NID_searchGuide,
          NID_dmdName,
          NID_uniqueMember,
          NID_owner,
          NID_pseudonym,
          NID_organizationIdentifier,
          NID_friendlyCountry,
          NID_mobileTelephoneNumber,
          NID_id_pda_countryOfCitizenship,
          NID_Mail,
          NID_commonName,
          NID_surname,
          NID_serialNumber,
          NID_title,
          NID_dnQualifier,
          NID_initials,
          NID_generationQualifier,
          NID_userId,
          NID_domainComponent,
          NID_pkcs9_emailAddress,
          NID_pkcs9_unstructuredName,
          NID_streetAddress,
          NID_businessCategory}) {
        const auto made = issued_by(type);
        CHECK(means(made.certificate.issuer(), made));
        for (const std::string name : {OBJ_nid2sn(type), OBJ_nid2ln(type)}) {
            INFO(name);
            CHECK(means(name + "=SE,O=SE", made));
            CHECK_FALSE(means(name + "=NO,O=SE", made));
            CHECK_FALSE(means(name + "x=SE,O=SE", made));
        }
    }
}

TEST_CASE("A value may end in an escaped space", "[wss][RFC 4514 2.4]")
{
    const Made spaced = made("/CN=A /O=B");
    const Made plain = made("/O=B/CN=A");
    // OpenSSL's comparison drops white space around a value, as RFC 5280 7.1 has it.
    for (const std::string text :
         {"O=B,CN=A\\ ", "O=B,CN=A\\20", " O=B,CN=A\\ \n\t", "CN=A\\ ,O=B"})
        CHECK(wss::read_name(text));
    CHECK(means("O=B,CN=A\\ ", spaced));
    CHECK(means("CN=A\\ ,O=B", plain));
    CHECK(means("\n O=B , CN=A\\ ", spaced));
    CHECK_FALSE(wss::read_name("O=B,CN=A\\\n"));
}

TEST_CASE(
    "Values are compared by their text, whatever string type they have", "[wss][RFC 5280 7.1]"
)
{
    const Made a = made("/CN=Ab/O=b");
    for (const std::string value :
         {"Ab", "#0C024162", "#13024162", "#16024162", "#14024162", "#1E0400410062",
          "#1C080000004100000062", "#0c 024162"}) {
        INFO(value);
        CHECK(means("O=B,CN=" + value, a) == (value != "#0c 024162"));
    }
    for (const std::string value :
         {"#", "#0", "#0C", "#0C0241", "#0C02416200", "#04024162", "#0C03416200", "#0500",
          "#0101FF", "#06022A03", "#30040C024162", "#0C02C328", "#1E03004100", "#zz"}) {
        INFO(value);
        CHECK_FALSE(means("O=b,CN=" + value, a));
    }
}

TEST_CASE("Attributes of one relative name are in no order", "[wss][RFC 4514]")
{
    const Made both = made("/C=SE/CN=A+serialNumber=1");
    CHECK(means("CN=A+SERIALNUMBER=1,C=SE", both));
    CHECK(means("SERIALNUMBER=1 + CN=A, C=SE", both));
    CHECK(means("C=SE, 2.5.4.5=1+CN=A", both));
    CHECK_FALSE(means("CN=A,SERIALNUMBER=1,C=SE", both));
    CHECK_FALSE(means("CN=A+SERIALNUMBER=1+C=SE", both));
    CHECK_FALSE(means("CN=A+SERIALNUMBER=1+SERIALNUMBER=1,C=SE", both));
    CHECK_FALSE(means("CN=A,C=SE", both));
    CHECK_FALSE(means("CN=A+SERIALNUMBER=1,C=SE", made("/C=SE/CN=A/serialNumber=1")));
}

TEST_CASE("Different names are told apart", "[wss][attack 22]")
{
    const Made a = made("/C=SE/O=B/CN=A");
    REQUIRE(means("CN=A,O=B,C=SE", a));
    REQUIRE(means("C=SE,O=B,CN=A", a)); // the order of the certificate
    for (const std::string text :
         {"CN=A,O=B", "CN=A,O=B,C=SE,C=SE", "CN=A,C=SE,O=B", "O=B,CN=A,C=SE", "CN=A,O=B,C=NO",
          "CN=A,OU=B,C=SE", "CN=A\\,O=B,C=SE", "CN=A,O=B+C=SE", "CN=A\\00,O=B,C=SE",
          "CN=A\\ B,O=B,C=SE", "CN=,O=B,C=SE", "CN=A,O=B,C=SE,XYZ=1", "XYZ=A,O=B,C=SE"}) {
        INFO(text);
        CHECK_FALSE(means(text, a));
    }
    const Made comma = made("/CN=A,O=B");
    CHECK(means("CN=A\\,O=B", comma));
    CHECK_FALSE(means("CN=A,O=B", comma));
    const Made swedish = made("/CN=Ångström");
    CHECK(means("CN=\xC3\x85ngstr\\C3\\B6m", swedish));
    CHECK(means("CN=Ångström", swedish));
    CHECK_FALSE(means("CN=Angstrom", swedish));
    CHECK_FALSE(means("CN=\xC5ngstr\xF6m", swedish)); // not UTF-8
}

TEST_CASE("What is no name means no certificate", "[wss]")
{
    for (const std::string text :
         {"",          " ",        "A",          "=A",        "CN=A,",    "CN=A,B",
          "CN=A,,O=B", ",CN=A",    "CN=\"A",     "CN=\"A\"B", "CN=A\"B",  "CN=A\\",
          "CN=A\\x",   "CN=A\\1",  ",",          "CN",        "1.2.3.=A", ".=A",
          "9.9.9=A",   "OID.CN=A", "/C=SE/CN=A", "CN=A+",     "#=A"}) {
        INFO(text);
        CHECK_FALSE(wss::read_name(text));
    }
    CHECK_FALSE(wss::read_name("CN=" + std::string(10'000, 'a')));
    std::string many = "CN=A";
    for (int i = 0; i < 100; ++i)
        many += ",CN=A";
    CHECK_FALSE(wss::read_name(many));
}

TEST_CASE("Serial numbers are compared as integers", "[wss][RFC 5280 4.1.2.2][attack 22]")
{
    const std::string twenty = "730750818665451459101842416358141509827966271487"; // 2^159 - 1
    const auto found = [](const Made& made, const std::string& issuer, const std::string& serial) {
        const auto document = xml::Document::parse(
            "<ds:KeyInfo xmlns:ds=\"" + std::string(wss::uri::ds) + "\" xmlns:wsse=\"" +
            std::string(wss::uri::wsse) +
            "\"><wsse:SecurityTokenReference><ds:X509Data><ds:X509IssuerSerial><ds:"
            "X509IssuerName>" +
            issuer + "</ds:X509IssuerName><ds:X509SerialNumber>" + serial +
            "</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>"
            "</wsse:SecurityTokenReference></ds:KeyInfo>"
        );
        const auto key = wss::read_token(
            document.value(), document->root(), document->root(),
            {wss::TokenReference::issuer_serial}
        );
        return key && !wss::candidates(*key, {made.certificate}).empty();
    };
    const Made large = made("/CN=A", twenty);
    for (const std::string& text : {twenty, "+" + twenty, "000" + twenty, "\n " + twenty + "\t"})
        CHECK(found(large, "CN=A", text));
    const std::vector<std::string> others{"-" + twenty, twenty + "0", twenty + ".0", "0x7", "7"};
    for (const std::string& text : others)
        CHECK_FALSE(found(large, "CN=A", text));
    CHECK_FALSE(found(large, "CN=B", twenty));
    CHECK(found(large, "\n CN=A\\ ", twenty)); // the escaped space ends the text
    CHECK_FALSE(found(large, " \n", twenty));
    const Made negative = made("/CN=A", "-5"); // RFC 5280: to be handled gracefully
    CHECK(found(negative, "CN=A", "-5"));
    CHECK(found(negative, "CN=A", "-005"));
    CHECK_FALSE(found(negative, "CN=A", "5"));
    const Made zero = made("/CN=A", "0");
    for (const char* text : {"0", "-0", "+00"})
        CHECK(found(zero, "CN=A", text));
    CHECK_FALSE(found(zero, "CN=A", "+"));
}
