// SPDX-License-Identifier: Apache-2.0
// A configuration that works, for tests to spoil.
#pragma once

#include "kurird/load.hpp"

#include "support/authority.hpp"
#include "support/temporary_folder.hpp"

#include <fstream>

struct Good {
    support::Authority authority;
    support::TemporaryFolder folder;
    kurird::Config config;

    Good()
    {
        const auto own = authority.identity("AP0001-TEST");
        config.party_id = "AP0001-TEST";
        config.key = own.key_file;
        config.certificate = own.certificate_file;
        config.trust = authority.certificate_file();
        config.msh.participants = {"0203:a"};
        for (auto* door : {&config.as4, &config.rest}) {
            door->listen = "127.0.0.1:0";
            door->files.key = own.key_file;
            door->files.certificate = own.chain_file;
            door->files.ca = authority.certificate_file();
        }
        config.clients.push_back(
            {.name = "mt",
             .participants = {"0203:a"},
             .token_file = write("token", "0123456789abcdef\n")}
        );
        kurird::PeerTable peer;
        peer.name = "b";
        peer.party_id = "AP0002-TEST";
        peer.url = "https://b.example/as4";
        peer.participants = {"0203:b"};
        peer.encryption_certificate = authority.identity("AP0002-TEST").certificate_file;
        config.peers.push_back(peer);
    }
    // A [[pmode]] like SDK's that peer b has, for tests to change.
    pmode::PMode& use_own_pmode()
    {
        kurird::PModeTable table;
        table.mode = pmode::preset("sdk").value();
        table.mode.id = "own";
        config.pmodes.push_back(table);
        config.peers.at(0).pmode = "own";
        return config.pmodes.back().mode;
    }
    base::Path write(const std::string& name, const std::string& text)
    {
        const auto path = folder.path() / name;
        std::ofstream(path) << text;
        std::filesystem::permissions(
            path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write
        );
        return path;
    }
    std::string mistakes() const
    {
        const auto loaded = kurird::load(config, base::now());
        return loaded ? "" : loaded.error().detail;
    }
    std::vector<std::string> warnings() const
    {
        const auto loaded = kurird::load(config, base::now());
        return loaded ? loaded->warnings : std::vector<std::string>{"refused: " + mistakes()};
    }
};
