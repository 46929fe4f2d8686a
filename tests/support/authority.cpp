// SPDX-License-Identifier: Apache-2.0
// Several test programs may make the same identity at once: each makes it in a folder of its own
// and renames that; the first one wins, the others use what it made.
#include "support/authority.hpp"

#include "base/id.hpp"
#include "base/time.hpp"

#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>

namespace support {
namespace {

namespace fs = std::filesystem;

constexpr const char* over = "-startdate 20200101000000Z -enddate 20210101000000Z";

void run(const std::string& command)
{
    if (std::system((command + " >/dev/null 2>&1").c_str()) != 0)
        throw std::runtime_error("failed: " + command);
}

std::string quoted(const fs::path& path)
{
    return "'" + path.string() + "'";
}

void write_file(const fs::path& file, const std::string& text)
{
    std::ofstream(file) << text;
}

// YYYYMMDDHHMMSSZ, so long from now.
std::string openssl_time(std::chrono::seconds from_now)
{
    std::string time;
    for (const char c : base::to_text(base::now() + from_now).substr(0, 19))
        if (c >= '0' && c <= '9') time += c;
    return time + "Z";
}

fs::path keys_folder()
{
    const char* user = std::getenv("USER");
    const fs::path folder =
        fs::temp_directory_path() / (std::string("kurir-test-keys-1-") + (user ? user : "anyone"));
    fs::create_directories(folder);
    fs::permissions(folder, fs::perms::owner_all);
    return folder;
}

// Has `make` fill a folder, unless it is there.
void make_once(const fs::path& folder, const std::function<void(const fs::path&)>& make)
{
    if (fs::exists(folder)) return;
    const fs::path draft = folder.parent_path() / ("draft-" + base::uuid());
    fs::create_directories(draft);
    make(draft);
    std::error_code lost;
    fs::rename(draft, folder, lost);
    if (lost) fs::remove_all(draft);
}

void make_authority(const fs::path& folder, const std::string& common_name)
{
    run("openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 3650 -subj '/C=SE/O=TEST "
        "ONLY/CN=" +
        common_name +
        "' -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign "
        "-keyout " +
        quoted(folder / "key.pem") + " -out " + quoted(folder / "certificate.pem"));
}

} // namespace

base::Bytes file_octets(const base::Path& file)
{
    std::ifstream stream(file, std::ios::binary);
    if (!stream) throw std::runtime_error("cannot read " + file.string());
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

crypto::Signer Identity::signer() const
{
    return crypto::Signer::from_files(key_file, chain_file).value();
}

crypto::Certificate Identity::certificate() const
{
    return crypto::Certificate::from_pem(file_octets(certificate_file)).value();
}

Authority::Authority(std::string common_name) : folder_(keys_folder() / common_name)
{
    make_once(folder_, [&](const fs::path& draft) { make_authority(draft, common_name); });
}

Identity Authority::issue(const Request& wanted) const
{
    const fs::path folder = folder_ / wanted.folder_name;
    make_once(folder, [&](const fs::path& draft) {
        write_file(
            draft / "extensions",
            "basicConstraints=critical,CA:FALSE\nkeyUsage=critical," + wanted.key_usage +
                "\nextendedKeyUsage=serverAuth,clientAuth\nsubjectKeyIdentifier=" +
                wanted.key_identifier +
                "\nauthorityKeyIdentifier=keyid\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n"
        );
        write_file(draft / "index", "");
        const std::string key = wanted.key_file.empty()
                                    ? "-newkey rsa:" + std::to_string(wanted.bits) +
                                          " -nodes -keyout " + quoted(draft / "key.pem")
                                    : "-key " + quoted(wanted.key_file);
        run("openssl req -new " + key + " -sha256 -subj '/C=SE/O=TEST ONLY/CN=" +
            wanted.common_name + "' -out " + quoted(draft / "request.pem"));
        // `openssl ca` is the one command that sets both ends of the validity.
        write_file(
            draft / "ca.conf",
            "[ca]\ndefault_ca=c\n[c]\ndatabase=" + (draft / "index").string() +
                "\nnew_certs_dir=" + draft.string() +
                "\nrand_serial=yes\ndefault_md=sha256\npolicy=p\nunique_subject=no\n"
                "[p]\nC=optional\nO=optional\nCN=supplied\n"
        );
        run("openssl ca -batch -notext -config " + quoted(draft / "ca.conf") + " -cert " +
            quoted(folder_ / "certificate.pem") + " -keyfile " + quoted(folder_ / "key.pem") +
            " -extfile " + quoted(draft / "extensions") + " -in " + quoted(draft / "request.pem") +
            " -out " + quoted(draft / "certificate.pem") + " " + wanted.validity);
        write_file(
            draft / "chain.pem",
            file_octets(draft / "certificate.pem") + file_octets(folder_ / "certificate.pem")
        );
    });
    return {folder / "key.pem", folder / "certificate.pem", folder / "chain.pem"};
}

Identity Authority::identity(const std::string& common_name, int bits) const
{
    Request wanted{common_name, common_name};
    if (bits != 2048) {
        wanted.folder_name += " " + std::to_string(bits);
        wanted.bits = bits;
    }
    return issue(wanted);
}

Identity Authority::expired_identity(const std::string& common_name) const
{
    Request wanted{"expired " + common_name, common_name};
    wanted.validity = over;
    return issue(wanted);
}

Identity
Authority::short_lived_identity(const std::string& common_name, std::chrono::seconds left) const
{
    Request wanted{"brief " + base::uuid(), common_name};
    wanted.validity = "-startdate 20200101000000Z -enddate " + openssl_time(left);
    return issue(wanted);
}

Identity
Authority::coming_identity(const std::string& common_name, std::chrono::seconds until) const
{
    Request wanted{"coming " + base::uuid(), common_name};
    wanted.validity = "-startdate " + openssl_time(until) + " -enddate 20491231000000Z";
    return issue(wanted);
}

Identity Authority::encryption_only_identity(const std::string& common_name) const
{
    Request wanted{"encryption " + common_name, common_name};
    wanted.key_usage = "keyEncipherment,dataEncipherment";
    return issue(wanted);
}

Identity Authority::former_identity(const std::string& common_name) const
{
    const Identity renewed = identity(common_name);
    Request wanted{"former " + common_name, common_name};
    wanted.validity = over;
    wanted.key_file = renewed.key_file;
    Identity former = issue(wanted);
    former.key_file = renewed.key_file;
    return former;
}

Identity Authority::lookalike_identity(const std::string& common_name) const
{
    Request wanted{"lookalike " + common_name, "lookalike of " + common_name};
    wanted.key_identifier = base::hex(identity(common_name).certificate().subject_key_identifier());
    return issue(wanted);
}

crypto::Certificate Authority::certificate() const
{
    return crypto::Certificate::from_pem(file_octets(certificate_file())).value();
}

base::Path Authority::certificate_file() const
{
    return folder_ / "certificate.pem";
}

crypto::TrustStore Authority::trust() const
{
    return crypto::TrustStore({certificate()});
}

} // namespace support
