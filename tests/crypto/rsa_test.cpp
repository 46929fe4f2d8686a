// SPDX-License-Identifier: Apache-2.0
// Signatures and key transport, each half against the openssl command.
#include "crypto/rsa.hpp"

#include "crypto/made.hpp"
#include "crypto/openssl_command.hpp"
#include "crypto/random.hpp"
#include "support/shared_data.hpp"
#include "support/temporary_folder.hpp"

#include <openssl/err.h>

#include <atomic>
#include <thread>

using namespace crypto;
namespace fs = std::filesystem;

namespace {

const pki::Identity& this_access_point() // made once: keys take time
{
    static const pki::Identity identity = made::issue(made::leaf());
    return identity;
}

// A folder with key.pem and certificate.pem of one identity.
struct Files {
    support::TemporaryFolder folder;
    const pki::Identity& identity = this_access_point();
    base::Path key = folder.path() / "key.pem";
    base::Path certificate = folder.path() / "certificate.pem";

    Files()
    {
        write("key.pem", pki::key_pem(identity));
        write("certificate.pem", pki::certificate_pem(identity));
    }
    void write(const std::string& name, base::BytesView octets) const
    {
        REQUIRE(base::replace_file(folder.path() / name, octets));
    }
    base::Bytes read(const std::string& name) const
    {
        return base::read_file(folder.path() / name, 100'000).value();
    }
    bool openssl(const std::string& arguments) const
    {
        return openssl_command::succeeds(folder.path(), arguments);
    }
    Signer signer() const
    {
        auto signer = Signer::from_files(key, certificate);
        REQUIRE(signer);
        return std::move(*signer);
    }
};

const char* name(Hash hash)
{
    return hash == Hash::sha1 ? "sha1" : "sha256";
}

std::string options(Oaep oaep)
{
    return std::string(" -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:") +
           name(oaep.digest) + " -pkeyopt rsa_mgf1_md:" + name(oaep.mgf1);
}

} // namespace

TEST_CASE("openssl verifies what we sign", "[crypto][RFC 8017 8.2]")
{
    const Files files;
    const base::Bytes data =
        GENERATE(base::Bytes(), base::Bytes("data"), base::Bytes(100'000, 'x'));
    files.write("data", data);
    files.write("signature", files.signer().sign_sha256(data).value());
    REQUIRE(files.openssl("x509 -in certificate.pem -pubkey -noout -out public.pem"));
    CHECK(files.openssl("dgst -sha256 -verify public.pem -signature signature data"));
}

TEST_CASE("we verify what openssl signs", "[crypto][RFC 8017 8.2]")
{
    const Files files;
    files.write("data", "some data");
    REQUIRE(files.openssl("dgst -sha256 -sign key.pem -out signature data"));
    CHECK(verify_sha256(made::certificate(files.identity), "some data", files.read("signature")));
    REQUIRE(files.openssl("dgst -sha1 -sign key.pem -out signature data"));
    CHECK_FALSE(
        verify_sha256(made::certificate(files.identity), "some data", files.read("signature"))
    );
    REQUIRE(
        files.openssl("dgst -sha256 -sign key.pem -sigopt rsa_padding_mode:pss -out signature data")
    );
    CHECK_FALSE(
        verify_sha256(made::certificate(files.identity), "some data", files.read("signature"))
    );
}

TEST_CASE("a signature over other data, by another key or damaged is refused", "[crypto]")
{
    const Files files;
    const Certificate certificate = made::certificate(files.identity);
    const base::Bytes signature = files.signer().sign_sha256("data").value();
    CHECK(verify_sha256(certificate, "data", signature));
    CHECK(verify_sha256(certificate, "Data", signature).error().code == errc::bad_signature);
    CHECK(verify_sha256(certificate, "", signature).error().code == errc::bad_signature);
    const Certificate other = made::certificate(made::issue(made::leaf()));
    CHECK(verify_sha256(other, "data", signature).error().code == errc::bad_signature);
    CHECK(verify_sha256(certificate, "data", "").error().code == errc::bad_signature);
    CHECK(verify_sha256(certificate, "data", signature + '\0').error().code == errc::bad_signature);
    CHECK(verify_sha256(certificate, "data", '\0' + signature).error().code == errc::bad_signature);
    CHECK(
        verify_sha256(certificate, "data", signature.substr(1)).error().code == errc::bad_signature
    );
    for (std::size_t i = 0; i < signature.size(); ++i) {
        base::Bytes damaged = signature;
        damaged[i] = static_cast<char>(damaged[i] ^ 1);
        CHECK(verify_sha256(certificate, "data", damaged).error().code == errc::bad_signature);
    }
    CHECK(ERR_peek_error() == 0);
}

TEST_CASE("openssl decrypts what we encrypt, for every pair of hashes", "[crypto][XMLENC 5.5.2]")
{
    const Files files;
    const Oaep oaep{GENERATE(Hash::sha1, Hash::sha256), GENERATE(Hash::sha1, Hash::sha256)};
    const base::Bytes key = random_bytes(16);
    const auto cipher = encrypt(made::certificate(files.identity), Secret(base::Bytes(key)), oaep);
    REQUIRE(cipher);
    CHECK(cipher->size() == 256);
    files.write("cipher", *cipher);
    REQUIRE(files.openssl("pkeyutl -decrypt -inkey key.pem -in cipher -out plain" + options(oaep)));
    CHECK(files.read("plain") == key);
}

TEST_CASE(
    "we decrypt what openssl encrypts, and only with the same pair of hashes",
    "[crypto][XMLENC 5.5.2]"
)
{
    const Files files;
    const Oaep oaep{GENERATE(Hash::sha1, Hash::sha256), GENERATE(Hash::sha1, Hash::sha256)};
    files.write("plain", "sixteen octets..");
    REQUIRE(files.openssl(
        "pkeyutl -encrypt -certin -inkey certificate.pem -in plain -out cipher" + options(oaep)
    ));
    const Signer signer = files.signer();
    for (const Hash digest : {Hash::sha1, Hash::sha256}) {
        for (const Hash mgf1 : {Hash::sha1, Hash::sha256}) {
            const auto plain = signer.decrypt(files.read("cipher"), {digest, mgf1});
            const bool same = digest == oaep.digest && mgf1 == oaep.mgf1;
            REQUIRE(plain.has_value() == same);
            if (same) CHECK(plain->view() == "sixteen octets..");
        }
    }
}

TEST_CASE("decryption never tells why it failed", "[crypto]")
{
    const Files files;
    const Signer signer = files.signer();
    const Certificate certificate = made::certificate(files.identity);
    const base::Bytes good = encrypt(certificate, Secret("key"), {}).value();
    base::Bytes damaged = good;
    damaged[100] = static_cast<char>(damaged[100] ^ 1);
    const base::Bytes stranger =
        encrypt(made::certificate(made::issue(made::leaf())), Secret("key"), {}).value();
    const base::Bytes cipher = GENERATE_COPY(
        base::Bytes(), base::Bytes("x"), damaged, stranger, good + '\0', good.substr(1),
        base::Bytes(256, '\xff'), base::Bytes(256, '\0'), base::Bytes(10'000, 'x')
    );
    const auto plain = signer.decrypt(cipher, {});
    REQUIRE_FALSE(plain);
    CHECK(plain.error().code == errc::decryption_failed);
    CHECK(plain.error().detail.empty());
    CHECK(ERR_peek_error() == 0);
}

TEST_CASE("a PKCS#1 v1.5 ciphertext does not decrypt", "[crypto]")
{
    const Files files;
    files.write("plain", "sixteen octets..");
    REQUIRE(files.openssl("pkeyutl -encrypt -certin -inkey certificate.pem -in plain -out cipher"));
    CHECK_FALSE(files.signer().decrypt(files.read("cipher"), {}));
}

TEST_CASE("an empty key travels and comes back empty", "[crypto]")
{
    const Files files;
    const auto cipher = encrypt(made::certificate(files.identity), Secret(""), {});
    REQUIRE(cipher);
    CHECK(files.signer().decrypt(*cipher, {}).value().view().empty());
}

TEST_CASE("a key too long for the recipient is an error", "[crypto]")
{
    const Files files;
    const auto cipher =
        encrypt(made::certificate(files.identity), Secret(base::Bytes(200, 'k')), {});
    REQUIRE_FALSE(cipher);
    CHECK(cipher.error().code == errc::failed);
    CHECK_FALSE(cipher.error().detail.empty());
}

TEST_CASE("certificates without an RSA key neither verify nor receive keys", "[crypto]")
{
    pki::Identity identity = made::issue(made::leaf());
    const native::Key key(EVP_EC_gen("P-256"));
    X509_set_pubkey(identity.certificate.get(), key.get());
    made::sign_again(identity, identity);
    const Certificate certificate = made::certificate(identity);
    CHECK(
        verify_sha256(certificate, "data", base::Bytes(64, 'x')).error().code == errc::bad_signature
    );
    CHECK(encrypt(certificate, Secret("key"), {}).error().code == errc::bad_certificate);
}

TEST_CASE("a signer has its certificate first and its chain behind", "[crypto]")
{
    const Files files;
    const pki::Identity authority = made::issue(made::authority("root"));
    files.write(
        "certificate.pem", pki::certificate_pem(files.identity) + pki::certificate_pem(authority)
    );
    Signer signer = files.signer();
    CHECK(signer.certificate() == made::certificate(files.identity));
    REQUIRE(signer.chain().size() == 2);
    CHECK(signer.chain()[1] == made::certificate(authority));
    Signer moved(std::move(signer));
    CHECK(moved.sign_sha256("x"));
}

TEST_CASE("a key file that others may read is refused", "[crypto]")
{
    const Files files;
    const auto mode = GENERATE(
        fs::perms::group_read, fs::perms::others_read, fs::perms::group_write,
        fs::perms::others_write, fs::perms::others_exec
    );
    fs::permissions(files.key, mode, fs::perm_options::add);
    CHECK(Signer::from_files(files.key, files.certificate).error().code == errc::bad_key);
}

TEST_CASE("a key file that is missing, broken, encrypted or not RSA is refused", "[crypto]")
{
    const Files files;
    files.write("garbage", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    files.write("empty", "");
    files.write("large", std::string(100'000, 'x'));
    REQUIRE(files.openssl("pkey -in key.pem -aes128 -passout pass:x -out encrypted"));
    REQUIRE(files.openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec"));
    fs::permissions(files.folder.path() / "encrypted", fs::perms::owner_read);
    fs::permissions(files.folder.path() / "ec", fs::perms::owner_read);
    const std::string file =
        GENERATE("missing", "garbage", "empty", "large", "encrypted", "ec", "certificate.pem", ".");
    const auto signer = Signer::from_files(files.folder.path() / file, files.certificate);
    REQUIRE_FALSE(signer);
    CHECK(signer.error().code == errc::bad_key);
    CHECK(signer.error().detail.find(file) != std::string::npos);
}

TEST_CASE("a certificate file that is missing or broken is refused", "[crypto]")
{
    const Files files;
    files.write("garbage", "nothing");
    const std::string file = GENERATE("missing", "garbage", "key.pem");
    CHECK(
        Signer::from_files(files.key, files.folder.path() / file).error().code ==
        errc::bad_certificate
    );
}

TEST_CASE("a key that is not the certificate's is refused", "[crypto]")
{
    const Files files;
    files.write("certificate.pem", pki::certificate_pem(made::issue(made::leaf())));
    const auto signer = Signer::from_files(files.key, files.certificate);
    REQUIRE_FALSE(signer);
    CHECK(signer.error().code == errc::key_mismatch);
    CHECK(ERR_peek_error() == 0);
}

TEST_CASE("many threads may use one signer", "[crypto]")
{
    const Files files;
    const Signer signer = files.signer();
    const Certificate certificate = signer.certificate();
    const base::Bytes expected = signer.sign_sha256("data").value(); // PKCS#1 v1.5 is deterministic
    std::atomic<int> wrong = 0;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < 20; ++i) {
                    const auto signature = signer.sign_sha256("data");
                    if (!signature || *signature != expected) ++wrong;
                    const auto cipher = encrypt(certificate, Secret("key"), {});
                    const auto plain = signer.decrypt(cipher.value(), {});
                    if (!plain || plain->view() != "key") ++wrong;
                }
            });
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("the keys of the phase4 vectors make signers", "[crypto]")
{
    const auto shared = support::shared_data("the keys of the phase4 vectors make signers");
    if (!shared) return;
    const std::string who = GENERATE("alice2048", "bob2048", "alice3072", "bob3072");
    const base::Path keys = *shared / "interop/phase4/vectors/keys";
    const Files files;
    files.write("theirs.pem", base::read_file(keys / (who + ".test-only.key.pem"), 10'000).value());
    const auto signer =
        Signer::from_files(files.folder.path() / "theirs.pem", keys / (who + ".cert.pem"));
    REQUIRE(signer);
    CHECK(signer->certificate().common_name() == who);
    CHECK(verify_sha256(signer->certificate(), "x", signer->sign_sha256("x").value()));
}
