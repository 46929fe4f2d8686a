// SPDX-License-Identifier: Apache-2.0
// Writes and reads token references in the four forms of the profile.
#include "wss/token.hpp"

#include "base/id.hpp"
#include "wss/distinguished_name.hpp"
#include "wss/shape.hpp"
#include "xml/escape.hpp"

#include <algorithm>
#include <iterator>

namespace wss {

namespace {

// In octets. A PKIPath of four RSA-4096 certificates has 8 KB.
constexpr std::size_t largest_token = 64 * 1024;
constexpr std::size_t max_path_length = 10;
constexpr std::size_t max_serial_length = 200; // digits; a number of 64 octets has up to 155

constexpr xml::Name token_name{uri::wsse, "BinarySecurityToken"};
constexpr xml::Name reference_name{uri::wsse, "SecurityTokenReference"};
constexpr xml::Name direct_name{uri::wsse, "Reference"};
constexpr xml::Name identifier_name{uri::wsse, "KeyIdentifier"};
constexpr xml::Name x509_data_name{uri::ds, "X509Data"};
constexpr xml::Name issuer_serial_name{uri::ds, "X509IssuerSerial"};

std::string der_sequence(const base::Bytes& content)
{
    std::string length;
    for (std::size_t rest = content.size(); rest != 0; rest >>= 8U)
        length.insert(length.begin(), static_cast<char>(rest & 0xFFU));
    std::string out = "\x30";
    if (content.size() >= 0x80) out += static_cast<char>(0x80U | length.size());
    return out + length + content;
}

// [X.509 10.1.1] A PKIPath starts at the trust anchor's side.
base::Bytes pkipath(const std::vector<crypto::Certificate>& chain)
{
    base::Bytes content;
    for (auto certificate = chain.rbegin(); certificate != chain.rend(); ++certificate)
        content += certificate->der();
    return der_sequence(content);
}

std::string in_key_info(std::string_view reference, std::string_view attributes = "")
{
    return std::string("<ds:KeyInfo><wsse:SecurityTokenReference")
               .append(attributes)
               .append(">")
               .append(reference) +
           "</wsse:SecurityTokenReference></ds:KeyInfo>";
}

WrittenToken write_binary(std::string_view value_type, const base::Bytes& octets)
{
    const std::string id = "X509-" + base::uuid();
    WrittenToken written;
    written.binary_security_token =
        std::string("<wsse:BinarySecurityToken EncodingType=\"").append(uri::base64_binary) +
        "\" ValueType=\"" + std::string(value_type) + "\" wsu:Id=\"" + id + "\">" +
        base::base64(octets) + "</wsse:BinarySecurityToken>";
    const std::string reference = "<wsse:Reference URI=\"#" + id + "\" ValueType=\"" +
                                  std::string(value_type) + "\"></wsse:Reference>";
    // [WSS X.509 1.1.1, 3.2.1] A PKIPath needs its type at the SecurityTokenReference too. Some
    // receivers look only there.
    const std::string type = std::string(" xmlns:wsse11=\"")
                                 .append(uri::wsse11)
                                 .append("\" wsse11:TokenType=\"")
                                 .append(value_type) +
                             "\"";
    written.key_info = in_key_info(reference, value_type == uri::x509_pkipath ? type : "");
    return written;
}

std::string write_issuer_serial(const crypto::Certificate& certificate)
{
    return "<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>" +
           xml::escape_text(certificate.issuer()) + "</ds:X509IssuerName><ds:X509SerialNumber>" +
           certificate.serial() + "</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>";
}

base::Result<>
read_certificates(KeyReference& into, std::string_view value_type, const base::Bytes& octets)
{
    if (value_type == uri::x509_v3) {
        into.form = TokenReference::bst_x509v3;
        // from_der() also refuses a PKIPath with the label X509v3.
        auto certificate = crypto::Certificate::from_der(octets);
        if (!certificate) return base::Error(errc::malformed, "X509v3 token");
        into.certificates.push_back(*std::move(certificate));
        return {};
    }
    if (value_type != uri::x509_pkipath)
        return base::Error(errc::policy, "ValueType of BinarySecurityToken");
    into.form = TokenReference::bst_pkipath;
    auto path = crypto::certificates_from_pkipath(octets);
    if (!path || path->empty() || path->size() > max_path_length)
        return base::Error(errc::malformed, "PKIPath token");
    into.certificates.assign(path->rbegin(), path->rend());
    return {};
}

base::Result<KeyReference>
read_direct(const xml::Document& document, xml::Node security, xml::Node direct)
{
    const auto written_uri = uri_of(direct);
    if (!written_uri) return written_uri.error();
    // A reference may only name an element of this message, never an external resource.
    const auto id = fragment_of(*written_uri);
    if (!id) return id.error();
    const std::vector<xml::Node> named = document.with_id(*id);
    // [BSP R5205] The target must be a token of this header. A reference to another reference is
    // therefore refused, too (W4J RecursiveKeyReferences).
    if (named.size() != 1 || !named.front().is(token_name) || named.front().parent() != security)
        return base::Error(errc::malformed, "token reference");
    const xml::Node token = named.front();
    if (auto plain = no_children(token); !plain) return plain.error();
    const auto encoding = token.attribute({"", "EncodingType"});
    if (encoding && *encoding != uri::base64_binary)
        return base::Error(errc::malformed, "EncodingType");
    const auto octets = octets_of(token, largest_token);
    if (!octets) return octets.error();
    const std::string value_type = token.attribute({"", "ValueType"}).value_or("");
    KeyReference reference;
    if (auto read = read_certificates(reference, value_type, *octets); !read) return read.error();
    return reference;
}

base::Result<KeyReference> read_identifier(xml::Node identifier)
{
    if (identifier.attribute({"", "ValueType"}) != uri::x509_ski)
        return base::Error(errc::policy, "KeyIdentifier");
    const auto encoding = identifier.attribute({"", "EncodingType"});
    if (encoding && *encoding != uri::base64_binary)
        return base::Error(errc::malformed, "EncodingType");
    auto octets = octets_of(identifier, 256);
    if (!octets) return octets.error();
    KeyReference reference;
    reference.form = TokenReference::subject_key_identifier;
    reference.subject_key_identifier = *std::move(octets);
    return reference;
}

// Returns an xsd:integer in the form of Certificate::serial(); "" if the text is not an
// xsd:integer. RFC 5280 4.1.2.2 allows only positive numbers of at most 20 octets, but certificates
// with other numbers exist.
std::string decimal(std::string_view written)
{
    if (written.size() > max_serial_length) return {};
    const bool negative = written.starts_with('-');
    if (negative || written.starts_with('+')) written.remove_prefix(1);
    if (written.empty() || written.find_first_not_of("0123456789") != std::string_view::npos)
        return {};
    written.remove_prefix(std::min(written.find_first_not_of('0'), written.size() - 1));
    return (negative && written != "0" ? "-" : "") + std::string(written);
}

base::Result<KeyReference> read_issuer_serial(xml::Node data)
{
    // The profile does not allow X509Certificate, X509SubjectName and other children of X509Data.
    if (data.children().size() != 1 || !data.child(issuer_serial_name))
        return base::Error(errc::policy, "X509Data");
    const xml::Node pair = *data.child(issuer_serial_name);
    const auto issuer = one(pair, {uri::ds, "X509IssuerName"});
    const auto serial = one(pair, {uri::ds, "X509SerialNumber"});
    if (!issuer || !serial) return base::Error(errc::malformed, "X509IssuerSerial");
    KeyReference reference;
    reference.form = TokenReference::issuer_serial;
    // Do not trim the name: its last value may end in an escaped space.
    reference.issuer = issuer->text().value_or("");
    reference.serial = decimal(serial->trimmed_text());
    if (base::trim(reference.issuer).empty() || reference.serial.empty())
        return base::Error(errc::malformed, "X509IssuerSerial");
    return reference;
}

} // namespace

base::Result<WrittenToken>
write_token(TokenReference form, const std::vector<crypto::Certificate>& chain)
{
    const crypto::Certificate& end_entity = chain.front();
    WrittenToken written;
    switch (form) {
    case TokenReference::bst_x509v3:
        return write_binary(uri::x509_v3, end_entity.der());
    case TokenReference::bst_pkipath:
        return write_binary(uri::x509_pkipath, pkipath(chain));
    case TokenReference::issuer_serial:
        written.key_info = in_key_info(write_issuer_serial(end_entity));
        break;
    case TokenReference::subject_key_identifier:
        if (end_entity.subject_key_identifier().empty())
            return base::Error(errc::policy, "certificate without SubjectKeyIdentifier");
        written.key_info = in_key_info(
            std::string("<wsse:KeyIdentifier EncodingType=\"").append(uri::base64_binary) +
            "\" ValueType=\"" + std::string(uri::x509_ski) + "\">" +
            base::base64(end_entity.subject_key_identifier()) + "</wsse:KeyIdentifier>"
        );
        break;
    }
    return written;
}

base::Result<KeyReference> read_token(
    const xml::Document& document, xml::Node security, xml::Node key_info,
    const std::vector<TokenReference>& allowed
)
{
    const std::vector<xml::Node> held = key_info.children();
    if (held.size() != 1 || !held.front().is(reference_name))
        return base::Error(errc::policy, "KeyInfo is no SecurityTokenReference");
    const std::vector<xml::Node> forms = held.front().children();
    if (forms.size() != 1) return base::Error(errc::policy, "SecurityTokenReference");
    const xml::Node form = forms.front();
    auto reference = form.is(direct_name)       ? read_direct(document, security, form)
                     : form.is(identifier_name) ? read_identifier(form)
                     : form.is(x509_data_name)  ? read_issuer_serial(form)
                                                : base::Error(errc::policy, "token reference form");
    if (!reference) return reference;
    if (std::find(allowed.begin(), allowed.end(), reference->form) == allowed.end())
        return base::Error(errc::policy, "token reference form");
    return reference;
}

std::vector<crypto::Certificate>
candidates(const KeyReference& reference, const std::vector<crypto::Certificate>& known)
{
    if (!reference.certificates.empty()) return {reference.certificates.front()};
    const bool by_issuer = reference.form == TokenReference::issuer_serial;
    const auto issuer = by_issuer ? read_name(reference.issuer) : std::nullopt;
    const auto fits = [&](const crypto::Certificate& one) {
        if (reference.form == TokenReference::subject_key_identifier) {
            return !one.subject_key_identifier().empty() &&
                   one.subject_key_identifier() == reference.subject_key_identifier;
        }
        return issuer && one.serial() == reference.serial && issuer->is_issuer_of(one);
    };
    std::vector<crypto::Certificate> found;
    std::copy_if(known.begin(), known.end(), std::back_inserter(found), fits);
    return found;
}

} // namespace wss
