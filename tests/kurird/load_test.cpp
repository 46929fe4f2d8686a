// SPDX-License-Identifier: Apache-2.0
// The configuration with its files: what cannot work together is refused before anything starts.
#include "kurird/load.hpp"

#include "crypto/digest.hpp"
#include "good_configuration.hpp"

#include <catch2/catch.hpp>

TEST_CASE("a good configuration is loaded and can be told in words", "[kurird]")
{
    Good good;
    const auto loaded = kurird::load(good.config, base::now());
    REQUIRE(loaded);
    CHECK(loaded->warnings.empty());
    CHECK(loaded->as4_tls);
    CHECK(
        loaded->clients.at(0).token_sha256 == crypto::sha256("0123456789abcdef")
    ); // without the line break
    const auto words = kurird::describe(good.config, *loaded);
    for (const char* said :
         {"AP0001-TEST", "0203:a", "Peer b, party AP0002-TEST", "Client mt, known by token",
          "/var/lib/kurir"})
        CHECK(words.find(said) != std::string::npos);
}

TEST_CASE("retry and limits of the file reach every peer", "[kurird]")
{
    Good good;
    good.config.retry.first = std::chrono::milliseconds(50);
    good.config.payload.parts = 3;
    const auto loaded = kurird::load(good.config, base::now());
    REQUIRE(loaded);
    CHECK(loaded->pmodes.peers().at(0).pmode.retry.first == std::chrono::milliseconds(50));
    CHECK(loaded->pmodes.peers().at(0).pmode.limits.parts == 3);
}

TEST_CASE("services and actions are the preset's unless the peer's table names others", "[kurird]")
{
    Good good;
    const auto of_preset = pmode::preset("sdk").value();
    const auto pmode_of = [&] {
        return kurird::load(good.config, base::now())->pmodes.peers().at(0).pmode;
    };
    CHECK(pmode_of().services == of_preset.services);
    CHECK(pmode_of().actions == of_preset.actions);
    good.config.peers.at(0).services = {"urn:service"};
    good.config.peers.at(0).actions = {"urn:action"};
    CHECK(pmode_of().services == std::vector<std::string>{"urn:service"});
    CHECK(pmode_of().actions == std::vector<std::string>{"urn:action"});
}

TEST_CASE("a configuration that cannot work is refused with the table at fault", "[kurird]")
{
    Good good;
    auto& config = good.config;
    std::string expected;
    SECTION("no participants")
    {
        config.msh.participants.clear();
        expected = "[[participant]]: at least one";
    }
    SECTION("a participant twice")
    {
        config.msh.participants.push_back("0203:a");
        expected = "is there twice";
    }
    SECTION("a participant twice, once in capitals")
    {
        config.msh.participants.push_back("0203:A");
        expected = "[[participant]] 0203:A: is there twice";
    }
    SECTION("a participant with a line break")
    {
        config.msh.participants.push_back("0203:x\n");
        expected = "[[participant]]: id has a control character";
    }
    SECTION("no party id")
    {
        config.party_id.clear();
        expected = "[node]: party_id is empty";
    }
    SECTION("a party id that no message can have")
    {
        config.party_id = " AP0001-TEST";
        expected = "[node]: party_id has a space at its beginning or end, or several spaces "
                   "together: \" AP0001-TEST\"";
    }
    SECTION("a party id with a control character")
    {
        config.party_id = "AP\x01";
        expected = "[node]: party_id has a control character";
    }
    SECTION("a party id over the limit")
    {
        config.party_id = std::string(1025, 'a');
        expected = "[node]: party_id is longer than 1024 octets";
    }
    SECTION("a peer without party id")
    {
        config.peers[0].party_id.clear();
        expected = "[[peer]] b: party_id is empty";
    }
    SECTION("a peer whose party id has a tab")
    {
        config.peers[0].party_id = "a\tb";
        expected = "[[peer]] b: party_id has a control character";
    }
    SECTION("a peer's participant that is empty")
    {
        config.peers[0].participants = {""};
        expected = "[[peer]] b: participants is empty";
    }
    SECTION("a client without a name")
    {
        config.clients[0].name.clear();
        expected = "name is empty";
    }
    SECTION("a path that no request has")
    {
        config.as4_path = "/as4?x";
        expected = "[as4]: path has a character";
    }
    SECTION("a client for somebody else's participant")
    {
        config.clients[0].participants.push_back("0203:c");
        expected = "0203:c is no [[participant]]";
    }
    SECTION("a client without participants")
    {
        config.clients[0].participants.clear();
        expected = "[[client]] mt: participants: at least one";
    }
    SECTION("a client named like the operator")
    {
        config.clients[0].name = "operator";
        expected = "[[client]] operator: name must not be";
    }
    SECTION("a client without scopes")
    {
        config.clients[0].scopes.clear();
        expected = "[[client]] mt: scopes: at least one";
    }
    SECTION("a client with a scope that does not exist")
    {
        config.clients[0].scopes = {"read", "write"};
        expected = "[[client]] mt: scopes: \"write\" is none of submit, fetch, read and operate";
    }
    SECTION("a client without credentials")
    {
        config.clients[0].token_file.clear();
        expected = "needs a certificate or a token_file";
    }
    SECTION("two clients with one token")
    {
        config.clients.push_back(config.clients[0]);
        config.clients[1].name = "mt2";
        expected = "token of another client";
    }
    SECTION("two clients with one name")
    {
        config.clients.push_back(config.clients[0]);
        expected = "[[client]] mt: is there twice";
    }
    SECTION("a token too short to be one")
    {
        config.clients[0].token_file = good.write("short", "0123456789\n");
        expected = "fewer than 16";
    }
    SECTION("a token file that is missing")
    {
        config.clients[0].token_file = "/nowhere";
        expected = "[[client]] mt: token_file";
    }
    SECTION("a token file open to everybody")
    {
        std::filesystem::permissions(
            config.clients[0].token_file, std::filesystem::perms::others_read,
            std::filesystem::perm_options::add
        );
        expected = "open to everybody";
    }
    SECTION("a client certificate nobody asks for")
    {
        config.clients[0].certificate = config.certificate;
        config.rest.files.client = http::ClientCertificate::none;
        expected = "the REST door asks for none";
    }
    SECTION("a peer that could not be sent to")
    {
        config.peers[0].encryption_certificate.clear();
        expected = "could not be sent to";
    }
    SECTION("a peer nobody could trust")
    {
        config.trust.clear();
        expected = "nothing of it could be trusted";
    }
    SECTION("an unknown P-Mode")
    {
        config.peers[0].pmode = "peppol";
        expected = "[[peer]] b: pmode: peppol is no preset and no [[pmode]]";
    }
    SECTION("a peer's address that is none")
    {
        config.peers[0].url = "b.example/as4";
        expected = "[[peer]] b: url";
    }
    SECTION("a peer's address that is a socket")
    {
        config.peers[0].url = "unix:/run/x:/as4";
        expected = "[[peer]] b: url";
    }
    SECTION("a peer's certificate that is none")
    {
        config.peers[0].certificates = {good.write("x.pem", "x")};
        expected = "[[peer]] b: certificates";
    }
    SECTION("two peers with one party")
    {
        config.peers.push_back(config.peers[0]);
        config.peers[1].name = "c";
        expected = "[[peer]]";
    }
    SECTION("a door at a name")
    {
        config.rest.listen = "localhost:80";
        expected = "[rest]: listen must be";
    }
    SECTION("a door without a port")
    {
        config.as4.listen = "127.0.0.1";
        expected = "[as4]: listen must be";
    }
    SECTION("a door at a port that is none")
    {
        config.as4.listen = "[::1]:65536";
        expected = "[as4]: listen must be";
    }
    SECTION("a door without TLS files")
    {
        config.as4.files.key.clear();
        expected = "[as4]: needs tls_key";
    }
    SECTION("a door whose CA is missing")
    {
        config.rest.files.ca = "/nowhere";
        expected = "[rest]: ";
    }
    SECTION("a key that is not the certificate's")
    {
        config.key = good.authority.identity("AP0002-TEST").key_file;
        expected = "[node] key, certificate";
    }
    SECTION("trust that is unreadable")
    {
        config.trust = "/nowhere";
        expected = "[node] trust";
    }
    SECTION("a path without a slash")
    {
        config.as4_path = "as4";
        expected = "[as4]: path";
    }
    SECTION("waits for probes the wrong way round")
    {
        config.msh.scheduling.probe_max_delay = std::chrono::milliseconds(1);
        expected = "probe_delay is longer";
    }
    SECTION("waits the wrong way round")
    {
        config.retry.longest = std::chrono::milliseconds(1);
        expected = "retry_delay is longer";
    }
    SECTION("a lease too short to be renewed")
    {
        config.msh.lease = std::chrono::milliseconds(99);
        expected = "lease must be";
    }
    SECTION("parts larger than messages")
    {
        config.as4.limits.body_bytes = 1000;
        expected = "max_part_size is larger";
    }
    SECTION("both doors at one address")
    {
        config.rest.listen = config.as4.listen = "127.0.0.1:8443";
        expected = "[rest]: listen is the same";
    }
    SECTION("a data folder that is a file")
    {
        config.queue.folder = good.write("data", "");
        expected = "[node]: data_dir is no folder";
    }
    SECTION("a socket longer than the system allows")
    {
        config.admin_socket = "/" + std::string(107, 's');
        expected = "[admin]: socket is longer than 107";
    }
    CAPTURE(good.mistakes());
    REQUIRE_FALSE(expected.empty());
    CHECK(good.mistakes().find(expected) != std::string::npos);
}

TEST_CASE("a party id may be a URI, or have a space or letters of other languages", "[kurird]")
{
    const std::vector<std::string> ids{
        "urn:oasis:names:tc:ebcore:partyid-type:unregistered:a",
        "https://ap.example/?a=1#b",
        "Region Norr",
        "göteborg",
        "0203:kommun.example",
        "a@b",
        std::string(1024, 'a')
    };
    for (const auto& id : ids) {
        INFO(id);
        Good good;
        good.config.party_id = id;
        good.config.peers[0].party_id = "peer of " + id.substr(0, 100);
        CHECK(good.mistakes().empty());
    }
}

TEST_CASE("what cannot work is told with file and line of its table", "[kurird]")
{
    Good good;
    good.config.file = "/etc/kurir/kurir.toml";
    good.config.lines = {{"[send]", 3}, {"[[peer]] b", 20}, {"[[peer]] b2", 30}};
    SECTION("of a single table")
    {
        good.config.msh.lease = std::chrono::milliseconds(99);
        CHECK(good.mistakes().starts_with("/etc/kurir/kurir.toml:3: [send]: lease"));
    }
    SECTION("of the table with the longer name, not of the one whose name it begins with")
    {
        good.config.peers.push_back(good.config.peers[0]);
        good.config.peers[1].name = "b2";
        good.config.peers[1].participants = {"0203:b2"};
        good.config.peers[1].url = "nonsense";
        CHECK(good.mistakes().starts_with("/etc/kurir/kurir.toml:30: [[peer]] b2: url"));
    }
    SECTION("of none, if there is none")
    {
        good.config.msh.participants.clear();
        good.config.clients.clear();
        CHECK(good.mistakes().starts_with("/etc/kurir/kurir.toml: [[participant]]: at least"));
    }
}

TEST_CASE("what is allowed but strange is a warning", "[kurird]")
{
    Good good;
    auto& config = good.config;
    std::string expected;
    SECTION("plain HTTP")
    {
        config.rest.tls = false;
        config.rest.files = {};
        expected = "without TLS";
    }
    SECTION("a certificate for another party")
    {
        config.party_id = "AP0009";
        expected = "not for AP0009";
    }
    SECTION("an expired certificate")
    {
        config.peers[0].encryption_certificate =
            good.authority.expired_identity("AP0002-OLD").certificate_file;
        expected = "expired";
    }
    SECTION("no clients")
    {
        config.clients.clear();
        expected = "no [[client]]";
    }
    SECTION("no peers")
    {
        config.peers.clear();
        expected = "no [[peer]]";
    }
    REQUIRE_FALSE(expected.empty());
    const auto loaded = kurird::load(config, base::now());
    REQUIRE(loaded);
    REQUIRE(loaded->warnings.size() == 1);
    CHECK(loaded->warnings[0].find(expected) != std::string::npos);
}
