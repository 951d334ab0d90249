// What is the same for every language, added to the best candidate of a folder: name, Procfile, Dockerfile, port,
// environment variables, resources, runners-up, confidence.
#pragma once

#include "analyze/survey.hh"

namespace podwright::analyze {

BuildPlan finish(const Surveyed& surveyed);

// Makes the services' names different from each other: "api", "api-2".
void name_apart(Analysis& analysis);

}  // namespace podwright::analyze
