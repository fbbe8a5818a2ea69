# ruff: noqa: E501 (published tables are as wide as they are)
"""Every public set in small: its published layout, true column names, tiny made-up pictures.

``BUILDERS`` maps a source's name to a function that writes the set into a folder and returns what
is expected of it: text, a row an image, '' where a thing is unknown.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd

from .writing import draw, film, write


def expected(text: str) -> pd.DataFrame:
    """A table of text whose first column is the file; white space parts its cells, - is ''."""
    rows = pd.read_csv(StringIO(text.strip()), sep=r"\s+", dtype="string", keep_default_na=False)
    return rows.replace("-", "").set_index("file")


def nih(folder: Path) -> pd.DataFrame:
    write(
        folder / "Data_Entry_2017_v2020.csv",
        """
Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]
00000001_000.png,Cardiomegaly|Emphysema,0,1,57,M,PA,2682,2749,0.143,0.143
00000001_001.png,No Finding,1,1,58,M,AP,2894,2729,0.143,0.143
00000002_000.png,Mass|Pleural_Thickening,0,2,95,F,PA,2500,2048,0.171,0.171
00000003_000.png,Hernia|Infiltration,0,3,414,F,PA,2500,2048,0.168,0.168
""",
    )
    write(folder / "train_val_list.txt", "00000001_000.png\n00000001_001.png")
    write(folder / "test_list.txt", "00000002_000.png\n00000003_000.png")
    draw(folder / "images_001" / "images", ["00000001_000.png", "00000001_001.png"])
    draw(folder / "images_002" / "images", ["00000002_000.png", "00000003_000.png"])
    told = expected("""
file             patient study   view sex age official_split no_finding cardiomegaly emphysema mass lung_lesion nodule pleural_thickening hernia infiltration
00000001_000.png 1       0       PA   M   57  train          0          1            1         0    0           0      0                  0      0
00000001_001.png 1       1       AP   M   58  train          1          0            0         0    0           0      0                  0      0
00000002_000.png 2       0       PA   F   95  test           0          0            0         1    1           0      1                  0      0
00000003_000.png 3       0       PA   F   -   test           0          0            0         0    0           0      0                  1      1
""")
    told["patient_id"] = "NIH " + told.pop("patient")
    told["study_uid"] = told["patient_id"] + "/" + told.pop("study")
    return told


CHEXPERT = (
    "No Finding,Enlarged Cardiomediastinum,Cardiomegaly,Lung Opacity,Lung Lesion,Edema,"
    "Consolidation,Pneumonia,Atelectasis,Pneumothorax,Pleural Effusion,Pleural Other,Fracture,"
    "Support Devices"
)


def chexpert(folder: Path) -> pd.DataFrame:
    home = folder / "CheXpert-v1.0-small"
    head, of = "Path,Sex,Age,Frontal/Lateral,AP/PA," + CHEXPERT, "CheXpert-v1.0-small/"
    write(
        home / "train.csv",
        f"""
{head}
{of}train/patient90001/study1/view1_frontal.jpg,Male,61,Frontal,AP,1.0,,,,,,,,,0.0,,,,1.0
{of}train/patient90002/study2/view1_frontal.jpg,Female,79,Frontal,PA,,,-1.0,,1.0,-1.0,,,,,0.0,1.0,1.0,
{of}train/patient90002/study2/view2_lateral.jpg,Female,79,Lateral,,,,-1.0,,1.0,-1.0,,,,,0.0,1.0,1.0,
{of}train/patient90003/study1/view1_frontal.jpg,Unknown,90,Frontal,LL,,0.0,,,,,0.0,,0.0,0.0,0.0,,,
""",
    )
    write(
        home / "valid.csv",
        f"""
{head}
{of}valid/patient90541/study1/view1_frontal.jpg,Male,66,Frontal,AP,0.0,0.0,1.0,1.0,0.0,1.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0
""",
    )
    write(
        home / "test_labels.csv",
        f"""
Path,{CHEXPERT}
test/patient90741/study1/view1_frontal.jpg,1,0,0,0,0,0,0,0,0,0,0,0,0,1
test/patient90741/study1/view2_lateral.jpg,1,0,0,0,0,0,0,0,0,0,0,0,0,1
""",
    )
    told = expected("""
file                                        patient_id   view    sex age official_split no_finding enlarged_cardiomediastinum cardiomegaly lung_opacity lung_lesion edema pneumothorax effusion fracture support_devices
train/patient90001/study1/view1_frontal.jpg patient90001 AP      M   61  train          1          -                          -            -            -           -     0            -        -        1
train/patient90002/study2/view1_frontal.jpg patient90002 PA      F   79  train          0          -                          -1           -            1           -1    -            0        1        -
train/patient90002/study2/view2_lateral.jpg patient90002 LATERAL F   79  train          0          -                          -1           -            1           -1    -            0        1        -
train/patient90003/study1/view1_frontal.jpg patient90003 -       -   90  train          -          0                          -            -            -           -     0            0        -        -
valid/patient90541/study1/view1_frontal.jpg patient90541 AP      M   66  tune           0          0                          1            1            0           1     0            0        0        0
test/patient90741/study1/view1_frontal.jpg  patient90741 -       -   -   test           1          0                          0            0            0           0     0            0        0        1
test/patient90741/study1/view2_lateral.jpg  patient90741 LATERAL -   -   test           1          0                          0            0            0           0     0            0        0        1
""")
    told["study_uid"] = told.index.str.extract(r"(patient\d+/study\d+)")[0].to_numpy()
    draw(home, told.index)
    told.index = "CheXpert-v1.0-small/" + told.index
    return told


MIMIC = (
    "Atelectasis,Cardiomegaly,Consolidation,Edema,Enlarged Cardiomediastinum,Fracture,Lung Lesion,"
    "Lung Opacity,No Finding,Pleural Effusion,Pleural Other,Pneumonia,Pneumothorax,Support Devices"
)
MIMIC_FILMS = [
    "files/p10/p10000001/s50000001/0a0a0a0a-1b1b1b1b-2c2c2c2c-3d3d3d3d-4e4e4e4e",
    "files/p10/p10000001/s50000001/1a1a1a1a-1b1b1b1b-2c2c2c2c-3d3d3d3d-4e4e4e4e",
    "files/p10/p10000002/s50000002/2a2a2a2a-1b1b1b1b-2c2c2c2c-3d3d3d3d-4e4e4e4e",
    "files/p11/p11000003/s51000003/3a3a3a3a-1b1b1b1b-2c2c2c2c-3d3d3d3d-4e4e4e4e",
]


def _mimic_tables(folder: Path) -> pd.DataFrame:
    """The tables that MIMIC-CXR-JPG and MIMIC-CXR share; the last study has no labels."""
    images = [Path(path).name for path in MIMIC_FILMS]
    of_patient = [
        "10000001,50000001",
        "10000001,50000001",
        "10000002,50000002",
        "11000003,51000003",
    ]
    exam = [
        "CHEST (PA AND LAT),PA,3056,2544,21800506,213014.531,CHEST (PA AND LAT),postero-anterior,Erect",
        "CHEST (PA AND LAT),LATERAL,3056,2544,21800506,213014.531,CHEST (PA AND LAT),lateral,Erect",
        "CHEST (PORTABLE AP),AP,2705,2539,21440812,93035.984,CHEST (PORTABLE AP),antero-posterior,",
        "CHEST (SINGLE VIEW),LL,2022,2022,21610119,120000.0,CHEST (SINGLE VIEW),,",
    ]
    rows = [f"{i},{p},{e}" for i, p, e in zip(images, of_patient, exam, strict=True)]
    columns = (
        "dicom_id,subject_id,study_id,PerformedProcedureStepDescription,ViewPosition,Rows,Columns,"
        "StudyDate,StudyTime,ProcedureCodeSequence_CodeMeaning,ViewCodeSequence_CodeMeaning,"
        "PatientOrientationCodeSequence_CodeMeaning"
    )
    write(folder / "mimic-cxr-2.0.0-metadata.csv.gz", "\n".join([columns, *rows]))
    labels = [
        "subject_id,study_id," + MIMIC,
        "10000001,50000001,,,,,,,,,1.0,,,,,",
        "10000002,50000002,,-1.0,,1.0,,,,,,0.0,,-1.0,0.0,1.0",
    ]
    write(folder / "mimic-cxr-2.0.0-chexpert.csv.gz", "\n".join(labels))
    splits = zip(images, of_patient, ("train", "train", "validate", "test"), strict=True)
    lines = [f"{i},{','.join(reversed(p.split(',')))},{s}" for i, p, s in splits]
    write(
        folder / "mimic-cxr-2.0.0-split.csv.gz",
        "\n".join(["dicom_id,study_id,subject_id,split", *lines]),
    )
    told = expected("""
file patient_id study_uid         view    sex age date     portable official_split no_finding cardiomegaly edema effusion pneumonia pneumothorax support_devices
0    10000001   10000001/50000001 PA      -   -   21800506 False    train          1          -            -     -        -         -            -
1    10000001   10000001/50000001 LATERAL -   -   21800506 False    train          1          -            -     -        -         -            -
2    10000002   10000002/50000002 AP      -   -   21440812 True     tune           0          -1           1     0        -1        0            1
3    11000003   11000003/51000003 LATERAL -   -   21610119 -        test           -          -            -     -        -         -            -
""")
    return told.set_index(pd.Index(MIMIC_FILMS, name="file"))


def mimic_cxr_jpg(folder: Path) -> pd.DataFrame:
    told = _mimic_tables(folder)
    told.index += ".jpg"
    draw(folder, told.index)
    return told


def mimic_cxr(folder: Path) -> pd.DataFrame:
    told = _mimic_tables(folder)
    told.index += ".dcm"
    records = [
        ",".join([*row.study_uid.split("/"), Path(file).stem, file])
        for file, row in told.iterrows()
    ]
    write(
        folder / "cxr-record-list.csv.gz",
        "\n".join(["subject_id,study_id,dicom_id,path", *records]),
    )
    for file, row in told.iterrows():
        film(folder, str(file), PatientID=row.patient_id, StudyDate=row.date)
    return told


def padchest(folder: Path) -> pd.DataFrame:
    write(
        folder / "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv.gz",
        """
,ImageID,ImageDir,StudyDate_DICOM,StudyID,PatientID,PatientBirth,PatientSex_DICOM,ViewPosition_DICOM,Projection,MethodProjection,Pediatric,Modality_DICOM,Manufacturer_DICOM,PhotometricInterpretation_DICOM,PixelRepresentation_DICOM,PixelAspectRatio_DICOM,SpatialResolution_DICOM,BitsStored_DICOM,WindowCenter_DICOM,WindowWidth_DICOM,Rows_DICOM,Columns_DICOM,XRayTubeCurrent_DICOM,Exposure_DICOM,ExposureInuAs_DICOM,ExposureTime,RelativeXRayExposure_DICOM,ReportID,Report,MethodLabel,Labels,Localizations,LabelsLocalizationsBySentence,labelCUIS,LocalizationsCUIS
0,101_a.png,0,20140915,S101,P1,1930.0,F,POSTEROANTERIOR,PA,Manual review of DICOM fields,No,CR,ImagingDynamicsCompanyLtd,MONOCHROME2,0,None,None,12,2000,2200,1800,1900,200,2,2000,10,-1.5,4000001, sin hallazg .,Physician,['normal'],[],[],[],[]
1,102_b.png,0,20150914,S102,P2,1929.0,M,LATERAL,L,Manual review of DICOM fields,No,CR,ImagingDynamicsCompanyLtd,MONOCHROME2,0,None,None,12,2600,2000,3200,3200,400,9,9000,20,None,4000002, derram .,RNN_model,"['pleural effusion', ' laminar atelectasis', 'NSG tube', 'kyphosis']",[],[],[],[]
2,103_c.png,54,20160101,S103,P2,1929.0,M,nan,AP_horizontal,resnet-50.t7,No,DX,PhilipsMedicalSystems,MONOCHROME2,0,None,None,10,511,1024,2048,2048,0,0,0,0,None,4000003, sin cambi .,RNN_model,"['unchanged', 'cardiomegaly']",[],[],[],[]
3,104_d.png,54,20160202,S104,P3,,O,nan,EXCLUDE,resnet-50.t7,No,DX,PhilipsMedicalSystems,MONOCHROME2,0,None,None,10,511,1024,2048,2048,0,0,0,0,None,4000004, .,RNN_model,"['exclude', 'cardiomegaly']",[],[],[],[]
4,105_e.png,54,20160303,S104,P4,2012.0,F,nan,COSTAL,Manual review of DICOM fields,PED,DX,PhilipsMedicalSystems,MONOCHROME2,0,None,None,10,511,1024,2048,2048,0,0,0,0,None,4000005, .,RNN_model,"['normal', 'pulmonary mass', 'callus rib fracture']",[],[],[],[]
5,106_f.png,54,20160404,S106,P5,1950.0,nan,nan,AP,Manual review of DICOM fields,No,DX,PhilipsMedicalSystems,MONOCHROME2,0,None,None,10,511,1024,2048,2048,0,0,0,0,None,4000006,nan,RNN_model,nan,[],[],[],[]
""",
    )
    told = expected("""
file             patient_id study_uid view    sex age date     modality official_split no_finding effusion atelectasis cardiomegaly mass lung_lesion fracture support_devices
images/0/101_a.png  P1 P1/S101    PA      F   84  20140915 CR       -              1          0        0           0            0    0           0        0
images/0/102_b.png  P2 P2/S102    LATERAL M   86  20150914 CR       -              0          1        1           0            0    0           0        1
images/54/103_c.png P2 P2/S103    AP      M   87  20160101 DX       -              0          -        -           1            -    -           -        -
images/54/104_d.png P3 P3/S104    -       O   -   20160202 DX       -              -          -        -           -            -    -           -        -
images/54/105_e.png P4 P4/S104    COSTAL  F   4   20160303 DX       -              -          0        0           0            1    1           1        0
images/54/106_f.png P5 P5/S106    AP      -   66  20160404 DX       -              -          -        -           -            -    -           -        -
""")
    draw(folder, told.index, np.uint16)
    return told


VINDR = (
    "Aortic enlargement,Atelectasis,Calcification,Cardiomegaly,Clavicle fracture,Consolidation,"
    "Edema,Emphysema,Enlarged PA,ILD,Infiltration,Lung Opacity,Lung cavity,Lung cyst,"
    "Mediastinal shift,Nodule/Mass,Pleural effusion,Pleural thickening,Pneumothorax,"
    "Pulmonary fibrosis,Rib fracture,Other lesion,COPD,Lung tumor,Pneumonia,Tuberculosis,"
    "Other diseases,No finding"
)


def vindr_cxr(folder: Path) -> pd.DataFrame:
    seen = [  # film, reader, what this reader saw
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "R8", {"Cardiomegaly", "Rib fracture"}),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "R9", {"Cardiomegaly", "Clavicle fracture"}),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "R10", {"Nodule/Mass"}),
        ("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "R11", {"No finding"}),
        ("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "R7", {"No finding"}),
        ("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "R3", {"ILD"}),
    ]
    labels = VINDR.split(",")
    lines = [",".join([name, who, *("01"[c in saw] for c in labels)]) for name, who, saw in seen]
    write(
        folder / "annotations" / "image_labels_train.csv",
        "\n".join([f"image_id,rad_id,{VINDR}", *lines]),
    )
    agreed = ",".join("01"[c in {"Tuberculosis", "Pleural effusion"}] for c in labels)
    test = VINDR.replace("Other diseases", "Other disease")  # as published
    write(
        folder / "annotations" / "image_labels_test.csv",
        f"image_id,{test}\ncccccccccccccccccccccccccccccccc,{agreed}",
    )
    told = expected("""
file                                          view official_split no_finding cardiomegaly fracture lung_lesion interstitial_lung_disease effusion tuberculosis
train/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.dicom PA   train          0          1            1        -1          0                         0        0
train/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.dicom PA   train          1          0            0        0           -1                        0        0
test/cccccccccccccccccccccccccccccccc.dicom  PA   test           0          0            0        0           0                         1        1
""")
    told["patient_id"] = told["study_uid"] = [Path(file).stem for file in told.index]
    for file in told.index:
        film(folder, file, PatientID="")
    return told


def rsna_pneumonia(folder: Path) -> pd.DataFrame:
    a, b, c, d = (
        *("aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"),
        *("cccccccc-0000-4000-8000-000000000003", "dddddddd-0000-4000-8000-000000000004"),
    )
    write(
        folder / "stage_2_train_labels.csv",
        f"""
patientId,x,y,width,height,Target
{a},,,,,0
{b},264.0,152.0,213.0,379.0,1
{b},562.0,152.0,256.0,453.0,1
{c},,,,,0
""",
    )
    write(
        folder / "stage_2_detailed_class_info.csv",
        f"""
patientId,class
{a},No Lung Opacity / Not Normal
{b},Lung Opacity
{b},Lung Opacity
{c},Normal
""",
    )
    write(
        folder / "stage_2_sample_submission.csv", f"patientId,PredictionString\n{d},0.5 0 0 100 100"
    )
    mappings = [
        {"StudyInstanceUID": f"1.2.{i}", "img_id": nih, "subset_img_id": film, "orig_labels": []}
        for i, (film, nih) in enumerate(
            {a: "00000013_005.png", b: "00000013_028.png", c: "00009999_000.png"}.items()
        )
    ]
    write(folder / "pneumonia-challenge-dataset-mappings_2018.json", json.dumps(mappings))
    told = expected(f"""
file                          patient study_uid modality official_split pneumonia lung_opacity no_finding
stage_2_train_images/{a}.dcm NIH_13   {a}       CR       train          0         -            0
stage_2_train_images/{b}.dcm NIH_13   {b}       CR       train          1         1            0
stage_2_train_images/{c}.dcm NIH_9999 {c}       CR       train          0         0            1
stage_2_test_images/{d}.dcm  {d}      {d}       CR       test           -         -            -
""")
    told["patient_id"] = told.pop("patient").str.replace("_", " ")
    for file in told.index:
        film(folder, file, PatientID=Path(file).stem, Modality="CR", ViewPosition="AP")
    return told


def siim_pneumothorax(folder: Path) -> pd.DataFrame:
    uid = "1.2.276.0.7230010.3.1.4.8323329"
    write(
        folder / "train-rle.csv",
        f"""
ImageId, EncodedPixels
{uid}.11.1500000001.100001,-1
{uid}.12.1500000002.100002,557374 2 1015 8 1009 14
{uid}.12.1500000002.100002,1 2 3 4
{uid}.13.1500000003.100003, -1
""",
    )
    write(
        folder / "sample_submission.csv", f"ImageId,EncodedPixels\n{uid}.14.1500000004.100004,1 2"
    )
    told = expected(f"""
file                              official_split pneumothorax
{uid}.11.1500000001.100001.dcm  train          0
{uid}.12.1500000002.100002.dcm train          1
{uid}.13.1500000003.100003.dcm train          0
{uid}.14.1500000004.100004.dcm  test           -
""")
    told["patient_id"] = told["study_uid"] = told.index.str.removesuffix(".dcm")
    for file, split in told["official_split"].items():
        where = f"dicom-images-{split}/1.2.276.{len(file)}/1.2.276.{len(file)}.1"
        film(folder, f"{where}/{file}", PatientID=str(file)[:20], Modality="CR")
    return told


def mura(folder: Path) -> pd.DataFrame:
    home = folder / "MURA-v1.1"
    told = expected("""
file                                                        patient_id   study_uid                   body_part official_split abnormal
train/XR_SHOULDER/patient90001/study1_positive/image1.png  patient90001 patient90001/SHOULDER/study1 SHOULDER  train          1
train/XR_SHOULDER/patient90001/study1_positive/image2.png  patient90001 patient90001/SHOULDER/study1 SHOULDER  train          1
train/XR_HUMERUS/patient90001/study1_negative/image1.png   patient90001 patient90001/HUMERUS/study1  HUMERUS   train          0
valid/XR_WRIST/patient91185/study1_positive/image1.png     patient91185 patient91185/WRIST/study1    WRIST     test           1
valid/XR_WRIST/patient91186/study2_negative/image1.png     patient91186 patient91186/WRIST/study2    WRIST     test           0
""")
    draw(home, told.index)
    told.index = "MURA-v1.1/" + told.index
    for split in ("train", "valid"):
        files = [file for file in told.index if f"/{split}/" in file]
        write(home / f"{split}_image_paths.csv", "\n".join(files))
        studies = dict.fromkeys(file.rsplit("/", 1)[0] for file in files)
        lines = [f"{study}/,{int('positive' in study)}" for study in studies]
        write(home / f"{split}_labeled_studies.csv", "\n".join(lines))
    return told


def _tuberculosis(home: Path, readings: dict[str, str], told: pd.DataFrame) -> pd.DataFrame:
    for stem, text in readings.items():
        write(home / "ClinicalReadings" / f"{stem}.txt", text)
    draw(home, told.index)
    told["patient_id"] = told["study_uid"] = [Path(file).stem[:-2] for file in told.index]
    told.index = f"{home.name}/" + told.index
    return told


def montgomery(folder: Path) -> pd.DataFrame:
    readings = {
        "MCUCXR_0001_0": "Patient's Sex: F \nPatient's Age: 027Y\nnormal",
        "MCUCXR_0104_1": "Patient's Sex: M\nPatient's Age: 008M\ncavitary nodular infiltrate in RUL",
    }
    told = expected("""
file                      view sex age      tuberculosis no_finding
CXR_png/MCUCXR_0001_0.png PA   F   27       0            1
CXR_png/MCUCXR_0104_1.png PA   M   0.666667 1            0
""")
    return _tuberculosis(folder / "MontgomerySet", readings, told)


def shenzhen(folder: Path) -> pd.DataFrame:
    readings = {
        "CHNCXR_0001_0": "male 45yrs\nnormal",
        "CHNCXR_0025_0": "Female , 3month\nnormal",
        "CHNCXR_0327_1": "femal 28yrs\n1.STB, left 2nd",
        "CHNCXR_0400_1": "male\n2.PTB in the right upper field",
    }
    told = expected("""
file                      view sex age  tuberculosis no_finding
CXR_png/CHNCXR_0001_0.png PA   M   45   0            1
CXR_png/CHNCXR_0025_0.png PA   F   0.25 0            1
CXR_png/CHNCXR_0327_1.png PA   F   28   1            0
CXR_png/CHNCXR_0400_1.png PA   M   -    1            0
CXR_png/CHNCXR_0500_1.png PA   -   -    1            0
""")
    return _tuberculosis(folder / "ChinaSet_AllFiles", readings, told)


def kermany(folder: Path) -> pd.DataFrame:
    home = folder / "chest_xray"
    told = expected("""
file                                          patient_id                 official_split pneumonia pneumonia_bacterial pneumonia_viral no_finding
test/NORMAL/IM-0011-0001-0002.jpeg            IM-0011                    test           0         0                   0               1
test/PNEUMONIA/person1_virus_6.jpeg           test/PNEUMONIA/person1     test           1         0                   1               0
train/NORMAL/NORMAL2-IM-0927-0001.jpeg        NORMAL2-IM-0927            train          0         0                   0               1
train/PNEUMONIA/person1_bacteria_1.jpeg       person1                    train          1         1                   0               0
train/PNEUMONIA/person1_bacteria_2.jpeg       person1                    train          1         1                   0               0
val/PNEUMONIA/person1946_bacteria_4874.jpeg   person1946                 tune           1         1                   0               0
""")
    told["study_uid"] = told["patient_id"]
    told["view"] = "AP"
    draw(home, told.index)
    draw(home / "chest_xray", told.index)  # the second copy in Kaggle's archive
    write(home / "train" / "NORMAL" / ".DS_Store", "")
    told.index = "chest_xray/" + told.index
    return told


BUILDERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    build.__name__: build
    for build in (
        *(chexpert, kermany, mimic_cxr, mimic_cxr_jpg, montgomery, mura, nih, padchest),
        *(rsna_pneumonia, shenzhen, siim_pneumothorax, vindr_cxr),
    )
}
