#include "tutti/lab/experiment.hpp"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tutti/lab/experiment_text.hpp"
#include "tutti/lab/reference_file.hpp"

namespace tutti::lab {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

const std::filesystem::path sources = TUTTI_SOURCES;

const std::string small = R"toml(name = "small"
stack = "averaging"
duration = "{10 * n}s"
network = "constant:{n}ms"
scenario = ["ramp every=1s", "0 {n} Peer.stop()"]

[topology]
kind = "ring"
peers = 8

[options]
period = "{n}ms"
fanout = 3
deaf = false

[[axis]]
name = "n"
values = [1, 2.5]

[[axis]]
name = "overlay"
values = ["flood", "chord"]
)toml";

std::string changed(std::string text, std::string_view from, std::string_view to) {
  const auto place = text.find(from);
  EXPECT_NE(place, std::string::npos) << from;
  return text.replace(place, from.size(), to);
}

std::vector<std::string> texts(const Mistakes& mistakes) {
  std::vector<std::string> found;
  for (const auto& mistake : mistakes) found.push_back(mistake.text());
  return found;
}

std::vector<std::string> mistakes_in(const std::string& text, const std::vector<Setting>& settings = {}) {
  const auto experiment = parse_experiment(text, "e.toml", settings);
  return experiment ? std::vector<std::string>() : texts(experiment.error());
}

using Texts = std::vector<std::string>;

/// The example of experiment.hpp, without the comment's slashes.
std::string example() {
  std::ifstream header(sources / "tutti/lab/experiment.hpp");
  std::string text;
  for (std::string line; std::getline(header, line) && line.starts_with("//");)
    if (line.starts_with("//   ")) text += line.substr(5) + "\n";
  return text;
}

TEST(Experiment, the_example_of_the_header_is_one) {
  const auto experiment = parse_experiment(example(), "folder/e.toml");
  ASSERT_TRUE(experiment) << experiment.error().front().text();
  EXPECT_EQ(experiment->name, "symmetric-figure7");
  EXPECT_EQ(experiment->topology.file, "folder/topology.csv");
  EXPECT_EQ(experiment->scenario_files, (std::vector<std::filesystem::path>{"folder/churn.scenario"}));
  EXPECT_EQ(experiment->options.at("deadline"), "{5 * latency * multiplier}ms");
  EXPECT_EQ(experiment->measures.at(0).better, Better::lower);
  EXPECT_EQ(experiment->measures.at(0).references.at(0).file, "folder/figure7.csv");
  EXPECT_EQ(experiment->measures.at(0).references.at(1).function, "flooding_floor");
  EXPECT_EQ(experiment->text, example());
}

TEST(Experiment, several_mistakes_are_reported_at_once_with_their_places) {
  EXPECT_EQ(
      mistakes_in("nam = \"x\"\nstack = 5\nduration = \"soon\"\n[topology]\nkind = \"rign\"\npeers = 0\n"),
      (Texts{"e.toml:1:1: name is needed, such as name = \"gossip\"",
             "e.toml:1:1: there is no 'nam'; did you mean 'name'?",
             "e.toml:2:9: stack is a whole number: a text in quotes is needed",
             "e.toml:3:12: 'soon' is no time: a number with ns, us, ms or s is needed, such as 50ms",
             "e.toml:5:8: there is no kind 'rign'; did you mean 'ring'?",
             "e.toml:6:9: peers is 0: 1 to 10000000 is possible"}));
}

TEST(Experiment, what_is_no_toml_says_where) {
  const auto mistakes = mistakes_in("name = \"x\"\nstack = \n");
  ASSERT_EQ(mistakes.size(), 1u);
  EXPECT_TRUE(mistakes[0].starts_with("e.toml:2:9: ")) << mistakes[0];
}

TEST(Experiment, a_key_that_is_none_is_a_mistake_and_no_broken_rule) {
  const auto mistakes = mistakes_in("[=]\n");
  ASSERT_EQ(mistakes.size(), 1u);
  EXPECT_TRUE(mistakes[0].starts_with("e.toml:1:2: ")) << mistakes[0];
}

TEST(Experiment, beyond_ascii_there_are_only_quoted_texts_and_comments) {
  for (const std::string foreign : {"ä", "\u00a0", "\ufefb", "\u2028"})
    for (const std::string before : {"", "name = ", "name = 1", "\"a\" = 1 ", "a = [0\"\"[\"["}) {
      const auto mistakes = mistakes_in(fmt::format("\n{}{}", before, foreign));
      ASSERT_EQ(mistakes.size(), 1u);
      EXPECT_TRUE(mistakes[0].starts_with("e.toml:2:")) << mistakes[0];
    }
  const auto measure = "[[measure]] # ö\nname = 'a'\nvalue = 'a'\ntitle = 'ü'\nunit = \"\"\"µs\"\"\"\n";
  const auto quoted = parse_experiment("\xef\xbb\xbf# ä\n" + example() + measure, "e.toml");
  EXPECT_TRUE(quoted) << quoted.error().front().text();
}

struct Case {
  std::string from, to, mistake;
};

TEST(Experiment, every_kind_of_mistake_says_what_was_expected) {
  const std::vector<Case> cases{
      {"{10 * n}s", "{10 * m}s", "e.toml:3:14: there is no axis 'm'"},
      {"{10 * n}s", "0s", "e.toml:3:12: duration must be above zero"},
      {"constant:{n}ms", "constant:{n + }ms",
       "e.toml:4:26: the expression ends too early: a number, a name or a parenthesis is needed"},
      {"\"ramp every=1s\"", "\"rmap every=1s\"",
       "e.toml:5:14: there is no generator 'rmap'; did you mean 'ramp'?"},
      {"\"ramp every=1s\"", "7", "e.toml:5:13: scenario is a whole number: a text in quotes is needed"},
      {"kind = \"ring\"", "kind = \"random\"\ndegree = 8",
       "e.toml:7:1: topology: the degree 8 must be below the 8 peers"},
      {"fanout = 3", "fanout = [3]",
       "e.toml:13:10: options.fanout is an array: a text, a number, true or false is needed"},
      {"[1, 2.5]", "[]", "e.toml:18:10: the axis is empty: at least one value is needed"},
      {"[1, 2.5]", "[1, 1.0]", "e.toml:18:14: the value 1 is there twice"},
      {"[1, 2.5]", "[1, true]",
       "e.toml:18:14: values is true or false: a number, or a word of at most 256 bytes, is needed"},
      {"\"overlay\"", "\"n\"", "e.toml:20:1: there are two axes 'n'"},
      {"\"overlay\"", "\"over lay\"",
       "e.toml:21:8: 'over lay' is no name: letters, digits, '.' and '_' are needed, a letter first"},
      {"[options]", "[optoins]", "e.toml:11:2: there is no 'optoins'; did you mean 'options'?"},
  };
  for (const auto& [from, to, mistake] : cases)
    EXPECT_EQ(mistakes_in(changed(small, from, to)), Texts{mistake}) << to;
}

TEST(Experiment, measures_are_checked_with_their_references) {
  const auto mistakes = [](const std::string& measure) {
    return mistakes_in(small + "[[measure]]\n" + measure);
  };
  const std::string good = "name = \"m\"\nvalue = \"a.b\"\n";
  EXPECT_EQ(mistakes(good), Texts{});
  EXPECT_EQ(mistakes(""),
            (Texts{"e.toml:23:1: measure.name is needed, such as name = \"delay\"",
                   "e.toml:23:1: measure.value is needed, such as value = \"flood.delay.p90\""}));
  EXPECT_EQ(
      mistakes("name = \"m\"\nvalue = \"a *\"\n"),
      Texts{"e.toml:25:13: the expression ends too early: a number, a name or a parenthesis is needed"});
  EXPECT_EQ(mistakes(good + "bar = \"1\"\n"),
            Texts{"e.toml:26:7: a bar needs better = \"lower\" or better = \"higher\""});
  EXPECT_EQ(mistakes(good + "better = \"lowr\"\n"),
            Texts{"e.toml:26:10: there is no better 'lowr'; did you mean 'lower'?"});
  const std::string reference = "[[measure.reference]]\nname = \"paper\"\n";
  EXPECT_EQ(mistakes(good + "better = \"lower\"\nbar = \"2 * papr\"\n" + reference + "function = \"f\"\n"),
            Texts{"e.toml:27:7: there is no reference 'papr'; did you mean 'paper'?"});
  EXPECT_EQ(mistakes(good + reference),
            Texts{"e.toml:26:1: a reference needs either file and column, or function"});
}

TEST(Experiment, has_limits) {
  EXPECT_EQ(mistakes_in(std::string(experiment_bytes_max + 1, '#')),
            Texts{"e.toml:1:1: the experiment is too large: 1048577 bytes, 1048576 are possible"});
  std::string axes;
  for (const char name : {'a', 'b', 'c'}) {
    axes += "[[axis]]\nname = \"" + std::string(1, name) + "\"\nvalues = [0";
    for (int i = 1; i < 60; ++i) axes += "," + std::to_string(i);
    axes += "]\n";
  }
  const auto mistakes = mistakes_in(small + axes);
  ASSERT_EQ(mistakes.size(), 1u);
  EXPECT_TRUE(mistakes[0].ends_with("there are more than 100000 combinations of the axes' values"));
}

TEST(Experiment, settings_change_it_and_are_noted_in_its_text) {
  const std::vector<Setting> settings{{"network", "constant:20ms"}, {"axis.n", "3,4,5"},
                                      {"axis.overlay", "x"},        {"topology.peers", "100"},
                                      {"options.fanout", "7"},      {"seed", "9"},
                                      {"scenario", "ramp every=2s"}};
  const auto experiment = parse_experiment(small, "e.toml", settings);
  ASSERT_TRUE(experiment) << experiment.error().front().text();
  EXPECT_EQ(experiment->network, "constant:20ms");
  EXPECT_EQ(experiment->axes[0].values, (std::vector<AxisValue>{3.0, 4.0, 5.0}));
  EXPECT_EQ(experiment->axes[1].values, (std::vector<AxisValue>{"x"}));
  EXPECT_EQ(experiment->topology.peers, 100u);
  EXPECT_EQ(experiment->options.at("fanout"), "7");
  EXPECT_EQ(experiment->seed, 9u);
  EXPECT_EQ(experiment->scenario, Texts{"ramp every=2s"});
  EXPECT_TRUE(experiment->text.starts_with("# --set network=constant:20ms\n# --set axis.n=3,4,5\n"));
  const auto again = parse_experiment(experiment->text, "e.toml");
  ASSERT_TRUE(again) << again.error().front().text() << "\n" << experiment->text;
  EXPECT_EQ(again->axes[0].values, experiment->axes[0].values);
  EXPECT_EQ(again->options, experiment->options);
  EXPECT_EQ(again->topology.peers, 100u);
}

TEST(Experiment, mistakes_in_settings_name_the_setting) {
  EXPECT_EQ(mistakes_in(small, {{"axis.m", "1"}}), Texts{"--set axis.m=1:1:1: there is no axis 'm'"});
  EXPECT_EQ(mistakes_in(small, {{"netwrok", "x"}}),
            Texts{"--set netwrok=x:1:1: there is no 'netwrok'; did you mean 'network'?"});
  EXPECT_EQ(mistakes_in(small, {{"seed", "x"}}), Texts{"--set seed=x:1:1: 'x' is no whole number"});
  EXPECT_EQ(mistakes_in(small, {{"topology.peers", "2"}}),
            Texts{"--set topology.peers=2:1:1: topology: a ring needs at least 3 peers"});
  EXPECT_EQ(mistakes_in(small, {{"duration", "soon"}}),
            Texts{"--set duration=soon:1:1: 'soon' is no time: a number with ns, us, ms or s is needed, such "
                  "as 50ms"});
}

TEST(Cells, are_all_combinations_with_the_last_axis_changing_fastest) {
  const auto experiment = parse_experiment(small, "e.toml");
  ASSERT_TRUE(experiment);
  const auto cells = cells_of(*experiment);
  ASSERT_EQ(cells.size(), 4u);
  EXPECT_EQ(cells[1].index, 1u);
  EXPECT_EQ(cells[1].at, (std::vector<AxisValue>{1.0, "chord"}));
  EXPECT_EQ(cells[2].at, (std::vector<AxisValue>{2.5, "flood"}));
  EXPECT_EQ(cells_of(Experiment{}).size(), 1u) << "without axes there is one cell";
}

TEST(Cells, each_repetition_has_a_seed_of_its_own) {
  std::set<std::uint64_t> seeds;
  for (const std::uint64_t seed : {1u, 2u})
    for (std::uint32_t cell = 0; cell < 10; ++cell)
      for (std::uint32_t repetition = 0; repetition < 10; ++repetition) {
        Experiment experiment;
        experiment.seed = seed;
        seeds.insert(seed_of(experiment, cell, repetition));
        EXPECT_EQ(seed_of(experiment, cell, repetition), seed_of(experiment, cell, repetition));
      }
  EXPECT_EQ(seeds.size(), 200u);
}

TEST(Plan, has_every_brace_filled_in) {
  const auto experiment = parse_experiment(small, "e.toml");
  ASSERT_TRUE(experiment);
  const auto plan = plan_of(*experiment, cells_of(*experiment)[2], 1);
  ASSERT_TRUE(plan) << plan.error().front().text();
  EXPECT_EQ(plan->network, "constant:2.5ms");
  EXPECT_EQ(plan->duration, 25s);
  EXPECT_EQ(plan->warm_up, 0s);
  EXPECT_EQ(plan->scenario, (Texts{"ramp every=1s", "0 2.5 Peer.stop()"}));
  EXPECT_EQ(plan->options,
            (std::map<std::string, std::string>{{"period", "2.5ms"}, {"fanout", "3"}, {"deaf", "false"}}));
  EXPECT_EQ(plan->topology.links.size(), 8u);
  EXPECT_EQ(plan->numbers, (std::map<std::string, double>{{"n", 2.5}}));
}

TEST(Plan, reads_scenario_files_without_their_comments_and_says_what_is_wrong_in_them) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "plan_test";
  std::filesystem::create_directories(folder);
  const auto write = [&](const char* text) { std::ofstream(folder / "a.scenario") << text; };
  auto experiment = parse_experiment(
      changed(small, "[topology]", "scenario_files = [\"a.scenario\"]\n[topology]"), folder / "e.toml");
  ASSERT_TRUE(experiment);
  const auto plan = [&] { return plan_of(*experiment, cells_of(*experiment)[0], 1); };
  write("# nothing\n\n 1 2.0 Peer.submit(\"a # {b}\") # turn\r\n");
  ASSERT_TRUE(plan());
  EXPECT_EQ(plan()->scenario.front(), "1 2.0 Peer.submit(\"a # {b}\")");
  write("1 2.0 Peer.start()\n  1 x Peer.start()\n1 2 3\n");
  const auto name = (folder / "a.scenario").string();
  ASSERT_EQ(plan().error().size(), 2u);
  EXPECT_EQ(plan().error()[0].text(),
            name + ":2:5: 'x' is no time: seconds such as 14.3 are needed, with at most nine decimals");
  EXPECT_EQ(plan().error()[1].line, 3u);
  std::filesystem::remove(folder / "a.scenario");
  EXPECT_EQ(plan().error()[0].text(), name + ":1:1: there is no such file");
}

TEST(Plan, mistakes_in_a_topology_file_are_told_where_they_stand) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "plan_topology_test";
  std::filesystem::create_directories(folder);
  const auto file = folder / "t.csv";
  const auto experiment = parse_experiment(
      changed(small, "kind = \"ring\"", "kind = \"file\"\nfile = \"t.csv\""), folder / "e.toml");
  ASSERT_TRUE(experiment) << experiment.error().front().text();
  const auto plan = [&] { return plan_of(*experiment, cells_of(*experiment)[0], 1); };
  std::ofstream(file) << "0,1\n1, 7\n";
  EXPECT_EQ(plan()->topology.peers, 8u);
  std::ofstream(file) << "0,1\n1, 8\n1,x\n";
  EXPECT_EQ(texts(plan().error()),
            (Texts{file.string() + ":2:4: there is no peer 8, only 8 peers",
                   file.string() + ":3:3: 'x' is no peer: a whole number below 10000000 is needed"}));
}

TEST(Plan, mistakes_of_one_cell_say_in_which) {
  const auto experiment =
      parse_experiment(changed(small, "{10 * n}s", "{1 / (n - 2.5)}s"), "e.toml", {{"axis.n", "4,2.5"}});
  ASSERT_TRUE(experiment) << experiment.error().front().text();
  const auto cells = cells_of(*experiment);
  EXPECT_TRUE(plan_of(*experiment, cells[0], 1));
  EXPECT_EQ(
      texts(plan_of(*experiment, cells[2], 1).error()),
      Texts{"e.toml:3:12: duration where n=2.5, overlay=flood: '1 / (n - 2.5)' is no finite number here"});
}

TEST(Plan, topologies_are_swept_with_braces_too) {
  const auto text = changed(changed(small, "kind = \"ring\"", "kind = \"{overlay}\"\ndegree = \"{2 * n}\""),
                            "8", "\"{8 * n}\"");
  const auto experiment =
      parse_experiment(text, "e.toml", {{"axis.n", "1,2"}, {"axis.overlay", "ring,random"}});
  ASSERT_TRUE(experiment) << experiment.error().front().text();
  const auto cells = cells_of(*experiment);
  EXPECT_EQ(plan_of(*experiment, cells[0], 1)->topology.links.size(), 8u);
  EXPECT_EQ(plan_of(*experiment, cells[3], 1)->topology.peers, 16u);
  EXPECT_EQ(plan_of(*experiment, cells[3], 1)->topology.links.size(), 16u * 4 / 2);
}

TEST(Plan, a_topology_that_does_not_fit_in_some_cell_says_in_which) {
  const auto text = changed(small, "peers = 8", "peers = \"{8 / n}\"");
  const auto experiment = parse_experiment(text, "e.toml", {{"axis.n", "1,3,4"}});
  ASSERT_TRUE(experiment) << experiment.error().front().text();
  const auto cells = cells_of(*experiment);
  EXPECT_TRUE(plan_of(*experiment, cells[0], 1));
  EXPECT_EQ(texts(plan_of(*experiment, cells[2], 1).error()),
            Texts{"e.toml:9:9: topology.peers where n=3, overlay=flood: peers is 2.6666666666666665: a whole "
                  "number is needed"});
  EXPECT_EQ(texts(plan_of(*experiment, cells[4], 1).error()),
            Texts{"e.toml:7:1: topology where n=4, overlay=flood: a ring needs at least 3 peers"});
  EXPECT_EQ(mistakes_in(text, {{"topology.peers", "{m}"}}),
            Texts{"--set topology.peers={m}:1:1: there is no axis 'm'"});
}

TEST(Plan, series_of_single_peers_are_for_peers_that_there_are_and_not_for_too_many) {
  const auto mistakes = [](std::string_view peers, std::vector<Setting> settings = {}) {
    const auto text =
        fmt::format("{}\n[[measure]]\nname = \"lag\"\nvalue = \"x\"\nper_peer = \"{}\"\n", small, peers);
    const auto experiment = parse_experiment(text, "e.toml", settings);
    if (!experiment) return texts(experiment.error());
    const auto plan = plan_of(*experiment, cells_of(*experiment)[0], 1);
    return plan ? Texts() : texts(plan.error());
  };
  EXPECT_EQ(mistakes("0-2,7"), Texts());
  EXPECT_THAT(mistakes("0-x"), ElementsAre(HasSubstr("'x' names no peers")));
  EXPECT_THAT(mistakes("3,9"), ElementsAre(HasSubstr("there is no peer 9, only 8 peers")));
  EXPECT_THAT(mistakes("*", {{"topology.peers", "300"}}), ElementsAre(HasSubstr("300 peers are too many")));
  EXPECT_THAT(mistakes("*", {{"window", "1us"}}), ElementsAre(HasSubstr("a longer window is needed")));
}

TEST(Plan, mistakes_of_the_network_and_in_calls_say_where_these_stand) {
  auto experiment = parse_experiment(changed(small, "constant:{n}ms", "normal:{n}ms"), "e.toml");
  ASSERT_TRUE(experiment);
  const auto plan = [&] { return plan_of(*experiment, cells_of(*experiment)[0], 1); };
  EXPECT_EQ(texts(plan().error()), Texts{"e.toml:4:11: network where n=1, overlay=flood: 'normal:1ms' is not "
                                         "normal:50ms,10ms or normal:50ms,10ms,25%"});
  experiment->network = "none";
  EXPECT_EQ(plan()->parts[1].source, "e.toml:5:30: scenario '0 1 Peer.stop()'");
}

TEST(Plan, a_network_may_be_a_model_of_the_programs_own) {
  auto experiment = parse_experiment(changed(small, "constant:{n}ms", "constant:{n}ms+twice:2"), "e.toml");
  ASSERT_TRUE(experiment);
  EXPECT_FALSE(plan_of(*experiment, cells_of(*experiment)[0], 1));
  experiment->network_words.push_back(
      {.name = "twice",
       .form = "twice:2",
       .values_min = 1,
       .values_max = 1,
       .make = [](auto, const NetworkModelPtr& before) { return sum_of(before, before); }});
  const auto plan = plan_of(*experiment, cells_of(*experiment)[0], 1);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->model->delay_min(), 2ms);
}

std::expected<std::vector<std::optional<double>>, Mistakes> reference(std::string_view text) {
  const auto experiment = parse_experiment(small, "e.toml");
  return parse_reference(text, "r.csv", *experiment,
                         {.name = "r", .title = "", .file = "r.csv", .column = "v", .function = ""});
}

TEST(Reference, has_a_value_for_each_cell_that_has_a_row) {
  const auto values = reference(
      "# source\nv,overlay,other,n\n 3 ,chord,x,1.0\r\n\n4,flood,x,2.5\n,chord,x,2.5\n9,chord,x,77\n");
  ASSERT_TRUE(values) << values.error().front().text();
  EXPECT_EQ(*values, (std::vector<std::optional<double>>{std::nullopt, 3, 4, std::nullopt}));
}

TEST(Reference, has_a_limit_of_mistakes_in_one_line_too) {
  Experiment experiment;
  Reference reference;
  reference.column = "v";
  const auto values = parse_reference(std::string(200, ','), "r.csv", experiment, reference);
  ASSERT_FALSE(values);
  EXPECT_EQ(values.error().size(), mistakes_max);
}

TEST(Reference, mistakes_have_lines_and_columns) {
  const auto mistakes = [](std::string_view text) { return texts(reference(text).error()); };
  EXPECT_EQ(mistakes("n,overlya,w\n"),
            (Texts{"r.csv:1:1: there is no column 'overlay'; did you mean 'overlya'?",
                   "r.csv:1:1: there is no column 'v'"}));
  EXPECT_EQ(mistakes("n,overlay,v\n1,flood,x\n1,flood\n1,flood,2\n1.0,flood,3\n"),
            (Texts{"r.csv:2:9: 'x' is no number", "r.csv:3:1: there are 2 fields, but 3 columns",
                   "r.csv:5:1: line 4 has the same values of n, overlay"}));
  EXPECT_EQ(mistakes("# nothing\n"), Texts{"r.csv:2:1: there is no head line with the columns' names"});
}

/// Those that come with tutti.
class OurExperiments : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Files, OurExperiments,
                         testing::Values("symmetric/figure7.toml", "symmetric/pace.toml",
                                         "symmetric/churn.toml", "protopeer/gossip.toml"),
                         [](const auto& each) { return std::filesystem::path(each.param).stem().string(); });

TEST_P(OurExperiments, can_be_planned_in_every_cell_and_have_their_references) {
  const auto experiment = read_experiment(sources / "experiments" / GetParam());
  ASSERT_TRUE(experiment) << experiment.error().front().text();
  for (const auto& cell : cells_of(*experiment)) {
    const auto plan = plan_of(*experiment, cell, 1);
    ASSERT_TRUE(plan) << plan.error().front().text();
    EXPECT_GT(plan->topology.peers, 0u);
  }
  for (const auto& measure : experiment->measures)
    for (const auto& each : measure.references) {
      if (each.file.empty()) continue;
      const auto values = read_reference(*experiment, each);
      ASSERT_TRUE(values) << values.error().front().text();
      EXPECT_EQ(std::ranges::count(*values, std::optional<double>()), 0) << "a cell without a value";
    }
}

}  // namespace
}  // namespace tutti::lab
