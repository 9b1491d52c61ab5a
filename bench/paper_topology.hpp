// The network of the evaluation of "Symmetric Peer-to-Peer Applications" (figure 5): 21 peers, lines and
// circles, 5.03 hops between two of them on average.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

namespace tutti::bench {

inline constexpr std::uint32_t paper_peers = 21;
inline constexpr std::array<std::pair<std::uint32_t, std::uint32_t>, 31> paper_links{
    {{0, 1},   {1, 2},   {2, 3},   {3, 4},   {3, 8},   {4, 5},   {5, 6},   {6, 7},
     {6, 9},   {7, 8},   {9, 10},  {10, 11}, {11, 12}, {12, 13}, {12, 14}, {12, 15},
     {12, 16}, {12, 17}, {13, 14}, {13, 15}, {13, 16}, {13, 17}, {14, 15}, {14, 16},
     {14, 17}, {15, 16}, {15, 17}, {15, 18}, {16, 17}, {18, 19}, {19, 20}}};

}  // namespace tutti::bench
