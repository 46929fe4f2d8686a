// SPDX-License-Identifier: Apache-2.0
// The folder of the authorities: file names, and which authority issues which certificate.
#include "pki/authorities.hpp"

#include "base/errors.hpp"

namespace pki {
namespace {

namespace fs = std::filesystem;

constexpr const char* authority_usage = "critical,keyCertSign,cRLSign";
// Makes a new certificate valid also on a machine whose clock is slow.
constexpr auto before_now = std::chrono::hours(1);
constexpr auto authority_life = std::chrono::days(3650);

base::Path key_file(const base::Path& folder, const std::string& name)
{
    return folder / (name + ".test-only.key.pem");
}

base::Path certificate_file(const base::Path& folder, const std::string& name)
{
    return folder / (name + ".cert.pem");
}

base::Result<> write_public(const base::Path& path, const std::string& pem)
{
    const auto written = base::replace_file(path, pem);
    if (!written) return written.error();
    std::error_code failure;
    fs::permissions(path, static_cast<fs::perms>(0644), failure);
    if (failure)
        return base::Error(base::errc::io_failed, path.string() + ": " + failure.message());
    return {};
}

// Makes one authority and writes it to the folder.
base::Result<Identity> make_authority(
    const base::Path& folder, const std::string& name, const std::string& common_name,
    base::Time now, const Identity* issuer
)
{
    Profile profile;
    profile.common_name = common_name;
    profile.authority = true;
    profile.key_usage = authority_usage;
    profile.not_before = now - before_now;
    profile.not_after = now + authority_life;
    auto authority = issue(profile, issuer);
    if (!authority) return authority.error();
    const auto key_written = base::replace_file(key_file(folder, name), key_pem(*authority));
    if (!key_written) return key_written.error();
    const auto written = write_public(certificate_file(folder, name), certificate_pem(*authority));
    if (!written) return written.error();
    return authority;
}

base::Result<Identity> load(const base::Path& folder, const std::string& name)
{
    constexpr std::uint64_t limit = 64 * 1024;
    const auto key = base::read_file(key_file(folder, name), limit);
    if (!key) return key.error();
    const auto certificate = base::read_file(certificate_file(folder, name), limit);
    if (!certificate) return certificate.error();
    return read_identity(*key, *certificate);
}

// Issues a certificate from the authority `by`. Writes NAME.key.pem and NAME.cert.pem, the latter
// with `chain` behind the certificate.
base::Result<> issue_into(
    const base::Path& out, const std::string& name, const Profile& profile, const Identity& by,
    const std::string& chain
)
{
    const auto made = issue(profile, &by);
    if (!made) return made.error();
    const auto folders = base::make_folders(out);
    if (!folders) return folders.error();
    const auto key_written = base::replace_file(out / (name + ".key.pem"), key_pem(*made));
    if (!key_written) return key_written.error();
    return write_public(certificate_file(out, name), certificate_pem(*made) + chain);
}

Profile leaf(const std::string& name, Validity validity)
{
    Profile profile;
    profile.common_name = name;
    profile.key_usage = "critical,digitalSignature,keyEncipherment";
    profile.not_before = validity.from;
    profile.not_after = validity.to;
    return profile;
}

} // namespace

base::Result<> make_authorities(const base::Path& folder, base::Time now)
{
    for (const char* const name : {"ap-root", "ap-issuing", "tls-ca", "client-ca"}) {
        std::error_code ignored;
        if (fs::exists(key_file(folder, name), ignored)) {
            return base::Error(base::errc::already_exists, key_file(folder, name).string());
        }
    }
    const auto folders = base::make_folders(folder);
    if (!folders) return folders.error();
    const auto root =
        make_authority(folder, "ap-root", "Rot CA eDelivery Accesspunkt-LOCAL", now, nullptr);
    if (!root) return root.error();
    const auto issuing = make_authority(folder, "ap-issuing", "Accesspunkt CA-LOCAL", now, &*root);
    if (!issuing) return issuing.error();
    const auto tls = make_authority(folder, "tls-ca", "TLS CA-LOCAL", now, nullptr);
    if (!tls) return tls.error();
    const auto client = make_authority(folder, "client-ca", "Client CA-LOCAL", now, nullptr);
    if (!client) return client.error();
    return {};
}

base::Result<> issue_access_point(
    const base::Path& folder, const std::string& name, int bits, Validity validity,
    const base::Path& out
)
{
    const auto issuing = load(folder, "ap-issuing");
    if (!issuing) return issuing.error();
    Profile profile = leaf(name, validity);
    profile.bits = bits;
    return issue_into(out, "as4", profile, *issuing, certificate_pem(*issuing));
}

base::Result<> issue_tls(
    const base::Path& folder, const std::string& name, const std::vector<std::string>& hosts,
    Validity validity, const base::Path& out
)
{
    const auto authority = load(folder, "tls-ca");
    if (!authority) return authority.error();
    Profile profile = leaf(name, validity);
    profile.extended_key_usage = "serverAuth,clientAuth";
    profile.hosts = hosts;
    return issue_into(out, "tls", profile, *authority, {});
}

base::Result<> issue_client(
    const base::Path& folder, const std::string& name, Validity validity, const base::Path& out
)
{
    const auto authority = load(folder, "client-ca");
    if (!authority) return authority.error();
    Profile profile = leaf(name, validity);
    profile.extended_key_usage = "clientAuth";
    return issue_into(out, "client", profile, *authority, {});
}

} // namespace pki
