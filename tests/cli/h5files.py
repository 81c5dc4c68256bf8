"""The other side of tests/cli/test_h5py.sh: makes files as h5py and xarray users do, and looks at
what Rimer wrote. `make FOLDER`, `look FILE`, `lookmany FILE`,
`xmake FOLDER`, `xlook FILE`, `xlookmany FILE`."""
import sys

import numpy as np

HOURS = "hours since 2000-01-01 00:00:00"


def numbers():
    values = np.arange(96, dtype="f4").reshape(48, 2)
    values[5, 1] = np.nan
    return values


def make(folder):
    import h5py

    with h5py.File(folder + "/one.h5", "w") as file:
        file.create_dataset("values", data=numbers(), chunks=True, compression="gzip")
        file["time"] = np.arange(48)
        file["time"].attrs["units"] = HOURS
        file.create_dataset("names", data=["süd", "nord"], dtype=h5py.string_dtype())
    with h5py.File(folder + "/two.h5", "w", libver="latest") as file:
        for name in "alpha", "beta":
            group = file.create_group(name)
            group["values"] = np.nan_to_num(numbers()).astype("i4" if name == "beta" else "f8")
            group["time"] = np.arange(48) / 24
            group["time"].attrs["units"] = "days since 2000-01-01"
            group["names"] = np.array([b"a", b"b"])
    with h5py.File(folder + "/lzf.h5", "w") as file:
        file.create_dataset("values", data=numbers(), compression="lzf")


def xmake(folder):
    import pandas
    import xarray

    values = numbers()
    data = xarray.Dataset(
        {"rain": ("time", values[:, 0]), "dew": ("time", values[:, 1]),
         "map": (("time", "place"), values)},
        coords={"time": pandas.date_range("2020-01-31", periods=48, freq="ME")})
    data.to_netcdf(folder + "/x.nc", engine="h5netcdf", encoding={
        "dew": {"dtype": "i2", "scale_factor": 0.5, "_FillValue": -1}})


def look(path):
    import h5py

    with h5py.File(path) as file:
        assert file.attrs["Conventions"] == "CF-1.8"
        values, time, names = file["values"], file["time"], file["names"]
        assert values.shape == (3, 2) and values.dtype == "f4"
        assert [name.decode() for name in names] == ["süd", "nord"]
        assert np.isnan(values[1, 0]) and values[2, 1] == 6
        assert list(time[:] - time[0]) == [0, 3600000000, 7200000000]
        assert time.attrs["units"] == "microseconds since 1970-01-01 00:00:00"
        assert values.dims[0][0] == time and values.dims[1][0] == names
        assert values.dims[0].keys() == ["time"] and time.is_scale


def lookmany(path):
    import h5py

    with h5py.File(path) as file:
        assert list(file) == ["a", "b", "c"]
        for group, start in (file["a"], 0), (file["b"], 0), (file["c"], 1):
            values, time = group["values"], group["time"]
            assert values.dims[0][0] == time and values.dims[1][0] == group["names"]
            assert time[0] == 1704067200000000 + start * 86400000000
            assert group["names"][0] == b"y" and time.is_scale
        assert file["a/time"] == file["b/time"] != file["c/time"]
        assert len(file["c/names"].attrs["REFERENCE_LIST"]) == 3


def xlookmany(path):
    import xarray

    for group, day in ("a", 1), ("b", 1), ("c", 2):
        with xarray.open_dataset(path, engine="h5netcdf", group=group) as data:
            assert data["values"].dims == ("time", "names")
            assert str(data["time"].values[0])[:10] == f"2024-01-0{day}"


def xlook(path):
    import xarray

    with xarray.open_dataset(path, engine="h5netcdf") as data:
        assert data["values"].dims == ("time", "names")
        assert str(data["time"].values[1])[:19] == "2000-01-01T01:00:00"
        assert float(data["values"].sel(names="nord", time="2000-01-01T02:00").item()) == 6


globals()[sys.argv[1]](sys.argv[2])
