// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Calendar dates as readable numbers, YYYYMMDD: a signer sees 20270521, not a day count.
library Dates {
    error InvalidDate(uint32 date);

    function requireValid(uint32 date) internal pure {
        uint256 year = date / 10_000;
        uint256 month = (date / 100) % 100;
        uint256 day = date % 100;
        bool valid = year >= 1970 && year <= 9999 && month >= 1 && month <= 12 && day >= 1;
        if (!valid || day > _daysIn(year, month)) revert InvalidDate(date);
    }

    /// The date in Shanghai, eight hours ahead of UTC all year, at a time in Unix seconds.
    function inShanghai(uint256 time) internal pure returns (uint32) {
        // Days since 1 March of year 0: a year that begins in March has its leap day at its end.
        // Whole years and months are meant to be cut off before they are counted again in days.
        // slither-disable-start divide-before-multiply
        uint256 day = (time + 8 hours) / 1 days + 719_468;
        uint256 ofEra = day % 146_097;
        uint256 year = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365;
        uint256 ofYear = ofEra - (365 * year + year / 4 - year / 100);
        uint256 fromMarch = (5 * ofYear + 2) / 153;
        uint256 month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
        year += 400 * (day / 146_097) + (month <= 2 ? 1 : 0);
        return uint32(year * 10_000 + month * 100 + ofYear - (153 * fromMarch + 2) / 5 + 1);
        // slither-disable-end divide-before-multiply
    }

    function _daysIn(uint256 year, uint256 month) private pure returns (uint256) {
        if (month == 2) {
            bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            return leap ? 29 : 28;
        }
        return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
    }
}
