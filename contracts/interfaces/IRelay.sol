// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

struct Call {
    address target;
    uint64 gas;
    bytes data;
}

struct Outcome {
    bool done;
    uint64 gas;
    bytes reason;
}

/// @title  Relay: many acts in one transaction, each on its own
/// @notice A convenience without any privilege: an act counts by its signatures, not its sender.
interface IRelay {
    /// @notice One act of a batch was refused and changed nothing; the others stand. Proves nothing
    ///         about the act: anyone can relay a copy with too little gas for it. Heed only the
    ///         refusals in your own transactions.
    /// @param call  keccak256 of its call data.
    /// @param reason The first bytes of what it reverted with.
    event ActRefused(bytes32 indexed call, address indexed target, bytes reason);

    /// @notice The transaction has too little gas left to give this call what it was promised.
    error InsufficientGas(uint256 position);

    function relay(Call[] calldata calls) external returns (Outcome[] memory outcomes);
}
