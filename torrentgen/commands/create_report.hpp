#pragma once

#include <string>

#include "torrentgen/manifest/create.hpp"

/// What `create` prints: for people, or as one JSON document.
namespace shoal::torrentgen {

void print_plan(const manifest::CreatePlan& plan, bool as_json);
void print_created(const manifest::CreatedManifest& created, const std::string& output, bool as_json);

}  // namespace shoal::torrentgen
