// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// A contract account that answers an ERC-1271 question in the way its deployer chose.
contract HostileSigner {
    enum Manner {
        BurnGas,
        Bomb,
        TooShort,
        AlmostMagic,
        Impersonate
    }

    error NotHolder(uint32 claim, uint64 start, uint32 party, uint32 holder);

    Manner private immutable _manner;

    constructor(Manner manner) {
        _manner = manner;
    }

    fallback() external {
        if (_manner == Manner.BurnGas) {
            while (true) {}
        }
        if (_manner == Manner.Bomb) {
            assembly {
                revert(0, 1000000)
            }
        }
        if (_manner == Manner.TooShort) {
            assembly {
                mstore(0, shl(224, 0x1626ba7e))
                return(0, 4)
            }
        }
        if (_manner == Manner.AlmostMagic) {
            assembly {
                mstore(0, or(shl(224, 0x1626ba7e), 1))
                return(0, 32)
            }
        }
        revert NotHolder(1, 2, 3, 4);
    }
}
